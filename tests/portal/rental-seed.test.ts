import { describe, expect, test } from 'vitest';
import { makeRentals } from './rental-seed.ts';
import { formatWallClock, newYorkWallClock, parseWallClock, wallClockOrder } from './wall-clock.ts';

const noon = new Date('2026-03-10T16:00:00Z');
const nextDay = new Date('2026-03-11T16:00:00Z');

describe('made-up rentals', () => {
  test('are as many as asked for, newest start first, each with its own record id', () => {
    const rentals = makeRentals(137, 'demo', noon);
    const starts = rentals.map(({ start }) => wallClockOrder(start));
    expect(starts).toEqual(starts.toSorted((a, b) => b - a));
    expect(new Set(rentals.map(({ recordId }) => recordId)).size).toBe(137);
    expect(new Set(rentals.map(({ name }) => name)).size).toBe(137);
    for (const { recordId, name, price } of rentals) {
      expect(recordId).toMatch(/^[A-Za-z0-9]{18}$/);
      expect(name).toMatch(/^R-\d{6}$/);
      expect(price).toMatch(/^\$\d{1,3}(,\d{3})*\.\d\d$/);
    }
  });

  test('lie in the past and in the coming days, some of them canceled', () => {
    const rentals = makeRentals(137, 'demo', noon);
    const now = wallClockOrder(formatWallClock(newYorkWallClock(noon)));
    const upcoming = rentals.filter(({ start }) => wallClockOrder(start) > now);
    expect(upcoming.length).toBeGreaterThan(5);
    expect(upcoming.length).toBeLessThan(60);
    expect(new Set(rentals.map(({ status }) => status))).toEqual(
      new Set(['Approved', 'Pending', 'Completed', 'Canceled']),
    );
    expect(new Set(rentals.map(({ location }) => location)).size).toBe(2);
    expect(upcoming.some(({ status }) => status === 'Completed')).toBe(false);
  });

  test('are the same ones the day after, in a window that moved on', () => {
    const today = new Map(makeRentals(137, 'demo', noon).map((rental) => [rental.recordId, rental]));
    const shared = makeRentals(137, 'demo', nextDay).filter(({ recordId }) => today.has(recordId));
    expect(shared.length).toBeGreaterThan(130);
    for (const rental of shared)
      expect({ ...rental, status: '' }).toEqual({ ...today.get(rental.recordId), status: '' });
  });

  test('differ between seeds', () => {
    const ids = new Set(makeRentals(20, 'one', noon).map(({ recordId }) => recordId));
    expect(makeRentals(20, 'two', noon).some(({ recordId }) => ids.has(recordId))).toBe(false);
  });
});

describe('wall-clock texts', () => {
  test.each(['6/9/2025 7:00 PM', '12/31/2025 12:00 AM', '1/1/2026 12:30 PM', '11/2/2025 1:30 AM'])(
    '%s reads back',
    (text) => {
      expect(formatWallClock(parseWallClock(text)!)).toBe(text);
    },
  );

  test('other texts are none, and sort as the oldest', () => {
    expect(parseWallClock('TBA')).toBeNull();
    expect(wallClockOrder('TBA')).toBeLessThan(wallClockOrder('1/1/1970 12:00 AM'));
  });

  test('show what a clock in New York shows', () => {
    expect(formatWallClock(newYorkWallClock(new Date('2026-07-04T19:05:00Z')))).toBe('7/4/2026 3:05 PM');
    expect(formatWallClock(newYorkWallClock(new Date('2026-01-05T05:00:00Z')))).toBe('1/5/2026 12:00 AM');
  });
});
