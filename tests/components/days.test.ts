import { describe, expect, it } from 'vitest';
import {
  addDays,
  addMonths,
  daysFrom,
  isDayKey,
  minuteOfDay,
  monthLabel,
  startOfDay,
  startOfWeek,
  weekLabel,
  weeksOfMonth,
} from '#lib/time/days.ts';
import { weekStartOf } from '#lib/time/week-start.ts';

describe('calendar days', () => {
  it('are counted across months, years and changes of the clock', () => {
    expect(addDays('2026-10-31', 1)).toBe('2026-11-01');
    expect(addDays('2026-11-02', -1)).toBe('2026-11-01');
    expect(addDays('2026-12-31', 1)).toBe('2027-01-01');
    expect(daysFrom('2026-02-27', 3)).toEqual(['2026-02-27', '2026-02-28', '2026-03-01']);
    expect(addMonths('2026-01-31', 1)).toBe('2026-02-01');
    expect(addMonths('2026-01-15', -1)).toBe('2025-12-01');
  });

  it.each(['2026-11-24', '2024-02-29'])('%s is one', (key) => expect(isDayKey(key)).toBe(true));
  it.each([null, '', '2026-02-30', '2026-13-01', '26-1-1', '2026-11-24T00:00', 'today'])('%s is none', (key) => {
    expect(isDayKey(key)).toBe(false);
  });

  it('begin at midnight in New York, in winter, in summer, and where the clock changes', () => {
    expect(startOfDay('2026-11-24')).toBe('2026-11-24T05:00:00.000Z');
    expect(startOfDay('2026-07-04')).toBe('2026-07-04T04:00:00.000Z');
    expect(startOfDay('2026-03-08')).toBe('2026-03-08T05:00:00.000Z');
    expect(startOfDay('2026-03-09')).toBe('2026-03-09T04:00:00.000Z');
    expect(startOfDay('2026-11-01')).toBe('2026-11-01T04:00:00.000Z');
    expect(startOfDay('2026-11-02')).toBe('2026-11-02T05:00:00.000Z');
  });

  it('tell the minute on the wall, also where an hour comes twice or never', () => {
    expect(minuteOfDay('2026-11-24T05:00:00Z')).toBe(0);
    expect(minuteOfDay('2026-11-25T04:59:00Z')).toBe(1_439);
    expect(minuteOfDay('2026-03-08T07:00:00Z')).toBe(180);
    expect(minuteOfDay('2026-11-01T06:30:00Z')).toBe(90);
  });
});

describe('weeks and months', () => {
  it('begin on a Sunday', () => {
    expect(startOfWeek('2026-11-24')).toBe('2026-11-22');
    expect([0, 1, 6].map((first) => startOfWeek('2026-11-22', first))).toEqual([
      '2026-11-22',
      '2026-11-16',
      '2026-11-21',
    ]);
    expect(weeksOfMonth('2026-11-24', 1)[0]![0]).toBe('2026-10-26');
    expect(startOfWeek('2026-11-22')).toBe('2026-11-22');
    expect(startOfWeek('2027-01-01')).toBe('2026-12-27');
  });

  it('hold whole weeks, as many as the month touches', () => {
    const november = weeksOfMonth('2026-11-24');
    expect(november).toHaveLength(5);
    expect(november[0]![0]).toBe('2026-11-01');
    expect(november.at(-1)!.at(-1)).toBe('2026-12-05');
    expect(weeksOfMonth('2026-02-01')).toHaveLength(4);
    expect(weeksOfMonth('2026-08-15')).toHaveLength(6);
  });

  it('have names', () => {
    expect(monthLabel('2026-11-24')).toBe('November 2026');
    expect(weekLabel('2026-11-22')).toBe('Nov 22 – 28, 2026');
    expect(weekLabel('2026-11-29')).toBe('Nov 29 – Dec 5, 2026');
    expect(weekLabel('2026-12-27')).toBe('Dec 27 – Jan 2, 2027');
  });
});

describe('the first day of a week', () => {
  it.each([
    [undefined, 'en-US,en;q=0.9', 0],
    [undefined, 'de-DE,de;q=0.9', 1],
    [undefined, 'ar-EG', 6],
    [undefined, null, 0],
    [undefined, '*', 0],
    ['1', 'en-US', 1],
    ['0', 'de-DE', 0],
    ['9', 'de-DE', 1],
  ])('chosen %s, languages %s: %s', (chosen, languages, day) => {
    expect(weekStartOf(chosen, languages)).toBe(day);
  });
});
