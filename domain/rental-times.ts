/**
 * Wall clocks as instants, both changes of daylight saving included.
 */
import { Temporal } from 'temporal-polyfill';

/** What a clock on the wall shows. */
export interface WallClock {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
}

/** What a start and an end on the page mean; null where it cannot be said, with the reason in `problem`. */
export interface RentalTimes {
  startsAt: Date | null;
  endsAt: Date | null;
  problem: string | null;
}

/**
 * A wall clock in the hour that autumn repeats may mean two instants: the pair of start and end that makes the shortest
 * rental is taken, none without a length where there is another, and of equal ones the earlier. One in the hour that spring skips means none, and neither does an end
 * before its start; then the row is to be reported, not guessed.
 */
export function rentalTimes(start: WallClock | null, end: WallClock | null, timeZone: string): RentalTimes {
  const starts = instantsOf(start, timeZone);
  const ends = instantsOf(end, timeZone);
  const problem = problemOf('start', start, starts) ?? problemOf('end', end, ends);
  const best = problem === null ? shortest(starts, ends) : null;
  if (best) return { startsAt: new Date(best.start), endsAt: new Date(best.end), problem: null };
  return { startsAt: null, endsAt: null, problem: problem ?? 'the rental ends before it starts' };
}

/** The instants, in epoch milliseconds, that a wall clock can mean: none, one or two. */
function instantsOf(clock: WallClock | null, timeZone: string): number[] {
  if (!clock) return [];
  const local = Temporal.PlainDateTime.from(clock);
  const candidates = (['earlier', 'later'] as const)
    .map((disambiguation) => local.toZonedDateTime(timeZone, { disambiguation }))
    .filter((zoned) => zoned.toPlainDateTime().equals(local));
  return [...new Set(candidates.map((zoned) => zoned.epochMilliseconds))];
}

function problemOf(which: 'start' | 'end', clock: WallClock | null, instants: number[]): string | null {
  if (instants.length > 0) return null;
  return `the ${which} time ${clock ? 'is in the hour that daylight saving skips' : 'cannot be read'}`;
}

function shortest(starts: number[], ends: number[]): { start: number; end: number } | null {
  const pairs = starts.flatMap((start) => ends.map((end) => ({ start, end })));
  const ordered = pairs.filter(({ start, end }) => end >= start);
  // A rental takes time, unless the page says that it takes none.
  const lasting = ordered.filter(({ start, end }) => end > start);
  const possible = lasting.length > 0 ? lasting : ordered;
  return possible.sort((a, b) => a.end - a.start - (b.end - b.start) || a.start - b.start)[0] ?? null;
}
