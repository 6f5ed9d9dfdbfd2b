import { expect, it } from 'vitest';
import { clockOf, isSkipped, momentsOf, twinsOf, zoneAt } from '#lib/server/pages/past-moment.ts';

it.each([
  ['2026-07-04T18:00', ['2026-07-04T22:00:00.000Z']],
  // The hour that autumn repeats, and the one that spring skips.
  ['2026-11-01T01:30', ['2026-11-01T05:30:00.000Z', '2026-11-01T06:30:00.000Z']],
  ['2026-03-08T02:30', ['2026-03-08T07:30:00.000Z']],
  ['2026-11-01T06:30:00Z', ['2026-11-01T06:30:00.000Z']],
  ['2026-11-01T01:30:00-05:00', ['2026-11-01T06:30:00.000Z']],
  ['', []],
  ['yesterday', []],
  ['2026-02-30T10:00', []],
])('%j in New York is %j', (typed, moments) => expect(momentsOf(typed)).toEqual(moments));

it('is shown as the clock showed it', () => {
  expect(clockOf('2026-11-01T06:30:59.999Z')).toBe('2026-11-01T01:30');
  expect(['2026-11-01T05:30:00Z', '2026-11-01T06:30:00Z'].map(zoneAt)).toEqual(['EDT', 'EST']);
});

it('the hour that spring skips is known as such, and so is the twin of each moment that autumn repeats', () => {
  expect(['2026-03-08T02:30', '2026-03-08T03:30', '2026-11-01T01:30', '2026-03-08T07:30:00Z'].map(isSkipped)).toEqual([
    ...[true, false, false, false],
  ]);
  expect(twinsOf('2026-11-01T05:30:00.000Z')).toEqual(['2026-11-01T06:30:00.000Z']);
  expect(twinsOf('2026-11-01T06:30:40.000Z')).toEqual(['2026-11-01T05:30:00.000Z']);
  expect(twinsOf('2026-06-01T05:30:40.000Z')).toEqual([]);
});
