import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rentalTimes, type WallClock } from '#domain/rental-times.ts';

const iso = (date: Date | null) => date?.toISOString().replace(':00.000Z', 'Z') ?? null;

/** `2025-06-09 19:00` */
function clock(text: string | null): WallClock | null {
  const [year, month, day, hour, minute] = (text?.match(/\d+/g) ?? []).map(Number);
  return text === null ? null : { year: year!, month: month!, day: day!, hour: hour!, minute: minute! };
}

function read(start: string | null, end: string | null, timeZone = 'America/New_York') {
  const { startsAt, endsAt, problem } = rentalTimes(clock(start), clock(end), timeZone);
  return [iso(startsAt), iso(endsAt), problem];
}

describe('wall clocks', () => {
  it.each([
    ['America/New_York', '2025-06-09 19:00', '2025-06-09 20:30', '2025-06-09T23:00Z', '2025-06-10T00:30Z'],
    ['America/New_York', '2026-01-15 00:00', '2026-01-15 12:00', '2026-01-15T05:00Z', '2026-01-15T17:00Z'],
    ['America/New_York', '2025-12-31 23:30', '2026-01-01 00:30', '2026-01-01T04:30Z', '2026-01-01T05:30Z'],
    ['America/Los_Angeles', '2025-06-09 16:00', '2025-06-09 17:00', '2025-06-09T23:00Z', '2025-06-10T00:00Z'],
    ['Asia/Kolkata', '2025-06-10 04:30', '2025-06-10 05:30', '2025-06-09T23:00Z', '2025-06-10T00:00Z'],
    ['Etc/UTC', '2025-06-09 23:00', '2025-06-10 00:00', '2025-06-09T23:00Z', '2025-06-10T00:00Z'],
  ])('of %s are read, %s to %s', (zone, start, end, startsAt, endsAt) => {
    expect(read(start, end, zone)).toEqual([startsAt, endsAt, null]);
  });

  // In 2025 the hour from 1 to 2 AM came twice on November 2, and the one from 2 to 3 AM never came on March 9.
  it.each([
    ['ends in the repeated hour', '2025-11-02 00:30', '2025-11-02 01:30', '04:30', '05:30'],
    ['starts in it', '2025-11-02 01:30', '2025-11-02 03:00', '06:30', '08:00'],
    ['lies in it', '2025-11-02 01:00', '2025-11-02 01:45', '05:00', '05:45'],
    ['would end before it starts', '2025-11-02 01:45', '2025-11-02 01:15', '05:45', '06:15'],
    ['spans it', '2025-11-02 00:30', '2025-11-02 02:30', '04:30', '07:30'],
    ['begins and ends at the same time of the clock', '2025-11-02 01:30', '2025-11-02 01:30', '05:30', '06:30'],
    ['crosses into it from the day before', '2025-11-01 23:00', '2025-11-02 01:00', '03:00', '05:00'],
  ])('take the first meaning unless that is longer or backwards: a rental that %s', (_, start, end, from, to) => {
    expect(read(start, end)).toEqual([`2025-11-02T${from}Z`, `2025-11-02T${to}Z`, null]);
  });

  it('have no length where they cannot have one', () => {
    expect(read('2025-11-02 12:30', '2025-11-02 12:30')).toEqual(['2025-11-02T17:30Z', '2025-11-02T17:30Z', null]);
  });

  it('take it in every zone: in Madrid the hour from 2 to 3 AM came twice on October 26, 2025', () => {
    const [startsAt, endsAt] = read('2025-10-26 02:45', '2025-10-26 02:15', 'Europe/Madrid');
    expect([startsAt, endsAt]).toEqual(['2025-10-26T00:45Z', '2025-10-26T01:15Z']);
  });

  it.each([
    ['2025-03-09 02:00', '2025-03-09 04:00', 'the start time is in the hour that daylight saving skips'],
    ['2025-03-09 01:00', '2025-03-09 02:59', 'the end time is in the hour that daylight saving skips'],
    ['2025-06-09 19:00', '2025-06-09 18:00', 'the rental ends before it starts'],
    [null, '2025-06-09 18:00', 'the start time cannot be read'],
    ['2025-06-09 19:00', null, 'the end time cannot be read'],
  ])('%j to %j are reported instead of guessed', (start, end, problem) => {
    expect(read(start, end)).toEqual([null, null, problem]);
  });

  it('are read at the edges of the skipped hour', () => {
    expect(read('2025-03-09 01:59', '2025-03-09 03:00')).toEqual(['2025-03-09T06:59Z', '2025-03-09T07:00Z', null]);
  });

  it('mean instants that the zone writes as the same wall clock', () => {
    const zones = ['America/New_York', 'America/Los_Angeles', 'Europe/Berlin', 'Australia/Lord_Howe', 'Asia/Kathmandu'];
    const date = fc.date({ min: new Date('1990-01-01'), max: new Date('2060-12-31'), noInvalidDate: true });
    fc.assert(
      fc.property(date, fc.constantFrom(...zones), (at, timeZone) => {
        const text = at.toISOString().slice(0, 16).replace('T', ' ');
        const { startsAt } = rentalTimes(clock(text), clock(text), timeZone);
        const options = { timeZone, dateStyle: 'short', timeStyle: 'short' } as const;
        if (startsAt) expect(new Intl.DateTimeFormat('sv-SE', options).format(startsAt)).toBe(text);
      }),
      { numRuns: 500 },
    );
  });
});
