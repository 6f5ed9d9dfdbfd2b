import { describe, expect, it } from 'vitest';
import {
  dayInWords,
  dayKey,
  dayLabel,
  daysBetween,
  nextLabel,
  stampLabel,
  timeRange,
  whenLabel,
} from '#lib/time/new-york.ts';
import { agoText, countdownText, spanText, tookText, untilText } from '#lib/time/spans.ts';
import { minutes, now } from './support/fixtures.ts';

describe('New York times', () => {
  it.each([
    ['2026-11-22T15:00:00Z', 'Yesterday, Sun Nov 22'],
    ['2026-11-23T23:00:00Z', 'Today, Mon Nov 23'],
    ['2026-11-25T04:59:00Z', 'Tomorrow, Tue Nov 24'],
    ['2026-11-25T05:00:00Z', 'Wednesday, Nov 25'],
    ['2027-01-02T18:00:00Z', 'Saturday, Jan 2, 2027'],
  ])('%s is %s', (moment, words) => {
    const { lead, rest } = dayInWords(moment, now);
    expect(`${lead}, ${rest}`).toBe(words);
  });

  it('counts days over both changes of the clock', () => {
    expect(daysBetween('2026-03-07T17:00:00Z', '2026-03-09T16:00:00Z')).toBe(2);
    expect(daysBetween('2026-10-31T16:00:00Z', '2026-11-02T17:00:00Z')).toBe(2);
  });

  it('belongs to the day of New York, not of the visitor', () => {
    expect(dayKey('2026-11-24T04:30:00Z')).toBe('2026-11-23');
  });

  it('names the half of the day once where it is the same', () => {
    expect(timeRange('2026-11-24T23:00:00Z', '2026-11-25T01:00:00Z')).toBe('6:00 – 8:00 PM');
    expect(timeRange('2026-11-24T15:00:00Z', '2026-11-24T17:00:00Z')).toBe('10:00 AM – 12:00 PM');
    expect(timeRange('2026-11-25T04:00:00Z', '2026-11-25T06:00:00Z')).toBe('11:00 PM – 1:00 AM');
  });

  it('names the zone in the hour that comes twice, and only there', () => {
    expect(timeRange('2026-11-01T05:45:00Z', '2026-11-01T06:15:00Z')).toBe('1:45 AM EDT – 1:15 AM EST');
    expect(timeRange('2026-11-01T05:00:00Z', '2026-11-01T05:30:00Z')).toBe('1:00 – 1:30 AM EDT');
    expect(timeRange('2026-11-01T04:30:00Z', '2026-11-01T06:30:00Z')).toBe('12:30 – 1:30 AM EST');
    expect(timeRange('2026-11-01T06:30:00Z', '2026-11-01T07:30:00Z')).toBe('1:30 AM EST – 2:30 AM');
    expect(timeRange('2026-11-01T07:00:00Z', '2026-11-01T08:00:00Z')).toBe('2:00 – 3:00 AM');
    expect(timeRange('2027-03-14T06:30:00Z', '2027-03-14T07:30:00Z')).toBe('1:30 – 3:30 AM');
  });

  it('names the year where it is another one', () => {
    expect(stampLabel('2025-11-20T15:00:00Z', now)).toBe('Thu Nov 20, 2025, 10:00 AM');
    expect(stampLabel('2025-12-31T15:00:00Z', '2026-01-01T15:00:00Z')).toBe('Yesterday, 10:00 AM');
    expect(whenLabel('2025-11-20T15:00:00Z', now)).toBe('Thu Nov 20, 2025 at 10:00 AM');
    expect([dayLabel('2027-01-02T15:00:00Z', now), dayLabel('2026-11-20T15:00:00Z', now)]).toEqual([
      'Sat Jan 2, 2027',
      'Fri Nov 20',
    ]);
  });

  it('says when, as near as is needed', () => {
    expect(whenLabel(now + minutes(116), now)).toBe('4:12 PM');
    expect(whenLabel(now + minutes(24 * 60), now)).toBe('tomorrow at 2:16 PM');
    expect(nextLabel(now + minutes(116), now)).toBe('at 4:12 PM');
    // Past midnight the day is not news to who is still awake: the short form keeps its place on one line of a phone.
    expect(nextLabel('2026-11-25T05:57:00Z', '2026-11-25T03:57:00Z')).toBe('at 12:57 AM');
    expect(nextLabel('2026-11-25T15:58:00Z', '2026-11-25T03:57:00Z')).toBe('tomorrow at 10:58 AM');
    expect(nextLabel('2026-11-27T15:58:00Z', '2026-11-25T03:57:00Z')).toBe('Fri Nov 27 at 10:58 AM');
    expect(stampLabel(now - minutes(24 * 60), now)).toBe('Yesterday, 2:16 PM');
    expect(stampLabel('2026-11-20T15:00:00Z', now)).toBe('Fri Nov 20, 10:00 AM');
  });
});

describe('spans', () => {
  it.each([
    [spanText(42_900), '42 s'],
    [spanText(minutes(45)), '45 min'],
    [spanText(minutes(90)), '1 h 30 min'],
    [spanText(minutes(120)), '2 h'],
    [spanText(minutes(60 * 24 * 3)), '3 days'],
    [untilText(0), 'any moment now'],
    [agoText(minutes(0.5)), 'just now'],
    [agoText(minutes(1)), '1 minute ago'],
    [agoText(minutes(60 * 5)), '5 hours ago'],
    [agoText(minutes(60 * 24 * 9)), '9 days ago'],
    [tookText(41.6), '42 ms'],
    [tookText(99), '0.1 s'],
    [tookText(2_640), '2.6 s'],
    [tookText(9_970), '10 s'],
    [tookText(59_700), '1 min'],
    [tookText(72_000), '1 min 12 s'],
    [countdownText(minutes(119.85)), 'in 2 h'],
    [countdownText(minutes(116)), 'in 1 h 56 min'],
    [countdownText(minutes(11.2)), 'in 12 min'],
    [countdownText(59_000), 'in less than a minute'],
    [countdownText(minutes(60 * 24 * 3)), 'in 3 days'],
    [countdownText(-1), 'any moment now'],
  ])('%s', (text, expected) => {
    expect(text).toBe(expected);
  });
});
