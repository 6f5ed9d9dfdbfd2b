import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { instantsOf, rentalTimes } from '#domain/rental-times.ts';

const iso = (date: Date | null) => date?.toISOString().replace(':00.000Z', 'Z') ?? null;

function read(start: string, end: string) {
  const { startsAt, endsAt, problem } = rentalTimes(start, end);
  return [iso(startsAt), iso(endsAt), problem];
}

describe('wall clocks of the studio', () => {
  it.each([
    ['6/9/2025 7:00 PM', '6/9/2025 8:30 PM', '2025-06-09T23:00Z', '2025-06-10T00:30Z'],
    ['1/15/2026 12:00 AM', '1/15/2026 12:00 PM', '2026-01-15T05:00Z', '2026-01-15T17:00Z'],
    ['12/31/2025 11:30 PM', '1/1/2026 12:30 AM', '2026-01-01T04:30Z', '2026-01-01T05:30Z'],
    ['2/29/2028 9:05 am', '02/29/2028 10:05 A.M.', '2028-02-29T14:05Z', '2028-02-29T15:05Z'],
    ['6/9/2025, 7:00\u202fPM', ' 6/9/2025\u00a08:00 PM\n', '2025-06-09T23:00Z', '2025-06-10T00:00Z'],
  ])('reads %j to %j', (start, end, startsAt, endsAt) => {
    expect(read(start, end)).toEqual([startsAt, endsAt, null]);
  });

  // In 2025 the hour from 1 to 2 AM came twice on November 2, and the one from 2 to 3 AM never came on March 9.
  it.each([
    ['ends in the repeated hour', '11/2/2025 12:30 AM', '11/2/2025 1:30 AM', '04:30', '05:30'],
    ['starts in it', '11/2/2025 1:30 AM', '11/2/2025 3:00 AM', '06:30', '08:00'],
    ['lies in it', '11/2/2025 1:00 AM', '11/2/2025 1:45 AM', '05:00', '05:45'],
    ['would end before it starts', '11/2/2025 1:45 AM', '11/2/2025 1:15 AM', '05:45', '06:15'],
    ['spans it', '11/2/2025 12:30 AM', '11/2/2025 2:30 AM', '04:30', '07:30'],
    ['has no length', '11/2/2025 1:30 AM', '11/2/2025 1:30 AM', '05:30', '05:30'],
    ['crosses into it from the day before', '11/1/2025 11:00 PM', '11/2/2025 1:00 AM', '03:00', '05:00'],
  ])('takes the first meaning unless that is longer or backwards: a rental that %s', (_, start, end, from, to) => {
    expect(read(start, end)).toEqual([`2025-11-02T${from}Z`, `2025-11-02T${to}Z`, null]);
  });

  it.each([
    ['3/9/2025 2:00 AM', '3/9/2025 4:00 AM', 'the start time is in the hour that daylight saving skips'],
    ['3/9/2025 1:00 AM', '3/9/2025 2:59 AM', 'the end time is in the hour that daylight saving skips'],
    ['6/9/2025 7:00 PM', '6/9/2025 6:00 PM', 'the rental ends before it starts'],
    ['', '6/9/2025 6:00 PM', 'the start time cannot be read'],
    ['6/9/2025 7:00 PM', 'TBD', 'the end time cannot be read'],
  ])('reports %j to %j instead of guessing', (start, end, problem) => {
    expect(read(start, end)).toEqual([null, null, problem]);
  });

  it('reads the edges of the skipped hour', () => {
    expect(read('3/9/2025 1:59 AM', '3/9/2025 3:00 AM')).toEqual(['2025-03-09T06:59Z', '2025-03-09T07:00Z', null]);
  });

  it.each([
    '2/30/2025 7:00 PM',
    '13/1/2025 7:00 PM',
    '0/1/2025 7:00 PM',
    '6/9/25 7:00 PM',
    '6/9/2025 13:00 PM',
    '6/9/2025 0:30 AM',
    '6/9/2025 7:60 PM',
    '6/9/2025 7:00',
    '6/9/2025 19:00',
    '6/9/2025',
    '2025-06-09 7:00 PM',
    '9.6.2025 7:00 PM',
    '6/9/2025 7:00 PM EST',
    '6/9/2025 7:00 PM 8:00 PM',
    '6/9/2025 7:00:00 PM',
  ])('knows no instant for %j', (text) => {
    expect(instantsOf(text)).toEqual([]);
  });

  it('writes every instant that it reads back as the same wall clock in New York', () => {
    const parts = fc.record({
      minutes: fc.integer({ min: 0, max: 1439 }),
      day: fc.date({ min: new Date('1990-01-01'), max: new Date('2060-12-31'), noInvalidDate: true }),
    });
    const format = new Intl.DateTimeFormat('en-US', {
      timeZone: 'America/New_York',
      ...{ year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: '2-digit' },
    });
    fc.assert(
      fc.property(parts, ({ minutes, day }) => {
        const hour = Math.floor(minutes / 60);
        const clock = `${hour % 12 || 12}:${String(minutes % 60).padStart(2, '0')} ${hour < 12 ? 'AM' : 'PM'}`;
        const text = `${day.getUTCMonth() + 1}/${day.getUTCDate()}/${day.getUTCFullYear()} ${clock}`;
        const written = instantsOf(text).map((instant) => format.format(instant).replace(',', '').replace(/\s/g, ' '));
        expect(written.every((back) => back === text)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('never throws on any text, and never makes up half of a rental', () => {
    const digits = fc.stringMatching(/^[0-9/: APM,]{0,24}$/);
    const text = fc.oneof(fc.string({ unit: 'binary' }), digits, fc.constant('6/9/2025 7:00 PM'));
    fc.assert(
      fc.property(text, text, (start, end) => {
        const { startsAt, endsAt, problem } = rentalTimes(start, end);
        expect(startsAt === null).toBe(problem !== null);
        expect(endsAt === null).toBe(problem !== null);
        if (startsAt && endsAt) expect(endsAt.getTime()).toBeGreaterThanOrEqual(startsAt.getTime());
      }),
      { numRuns: 1_000 },
    );
  });
});
