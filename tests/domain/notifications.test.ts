import { describe, expect, it } from 'vitest';
import { noticeTimes, type NoticeTiming } from '#domain/notifications.ts';
import { nextOnClock } from '#domain/quiet-hours.ts';

const zone = 'America/New_York';
const timing = (values: Partial<NoticeTiming> = {}): NoticeTiming => ({
  ...{ digestAt: null, quiet: null, urgentPasses: true, timeZone: zone, ...values },
});
const times = (now: string, values: Partial<NoticeTiming>) => {
  const { usual, needed, urgent } = noticeTimes(new Date(now), timing(values), 0);
  return [usual, needed, urgent.mail, urgent.push].map((at) => at.toISOString());
};

describe('the next time that the clock shows', () => {
  it.each([
    ['the evening before spring begins', '2026-03-07T23:00:00Z', '08:00', '2026-03-08T12:00:00.000Z'],
    ['the day before that', '2026-03-06T23:00:00Z', '08:00', '2026-03-07T13:00:00.000Z'],
    ['the evening before autumn begins', '2026-10-31T23:00:00Z', '08:00', '2026-11-01T13:00:00.000Z'],
    ['the day before that, in summer time', '2026-10-30T23:00:00Z', '08:00', '2026-10-31T12:00:00.000Z'],
    ['an hour that spring skips', '2026-03-08T05:00:00Z', '02:30', '2026-03-08T07:30:00.000Z'],
    ['the first of an hour that autumn repeats', '2026-11-01T04:00:00Z', '01:30', '2026-11-01T05:30:00.000Z'],
    ['once that day', '2026-11-01T05:30:00Z', '01:30', '2026-11-02T06:30:00.000Z'],
    ['the very minute', '2026-11-29T13:00:00Z', '08:00', '2026-11-30T13:00:00.000Z'],
  ])('%s', (_, now, clock, expected) => {
    expect(nextOnClock(clock, new Date(now), zone).toISOString()).toBe(expected);
  });

  it('goes by the zone of the person', () => {
    expect(nextOnClock('08:00', new Date('2026-11-29T00:00:00Z'), 'Asia/Tokyo').toISOString()).toBe(
      '2026-11-29T23:00:00.000Z',
    );
  });
});

describe('what happens', () => {
  const at = '2026-11-29T04:00:00.000Z'; // 11 PM
  const quiet = { from: '22:00', to: '07:00', timeZone: zone };
  const morning = '2026-11-29T12:00:00.000Z';

  it('is told at once', () => expect(times(at, {})).toEqual([at, at, at, at]));
  it('waits for the end of quiet hours, unless it is urgent', () =>
    expect(times(at, { quiet })).toEqual([morning, morning, at, at]));
  it('waits for them where the person does not want to be woken for anything', () =>
    expect(times(at, { quiet, urgentPasses: false })).toEqual([morning, morning, morning, morning]));
  it('waits for the digest, but not where syncing needs somebody', () =>
    expect(times(at, { digestAt: '09:00' })).toEqual(['2026-11-29T14:00:00.000Z', at, at, at]));
  it('is pushed without waiting for the digest of mails', () =>
    expect(times(at, { digestAt: '09:00', urgentPasses: false })).toEqual([
      ...['2026-11-29T14:00:00.000Z', at, '2026-11-29T14:00:00.000Z', at],
    ]));
});
