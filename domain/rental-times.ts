/**
 * Wall clocks of the studio as instants. The only file that knows time zones: the page names none, and the studio's
 * clock is New York's, both changes of daylight saving included.
 */
import { Temporal } from 'temporal-polyfill';

export const studioTimeZone = 'America/New_York';

/** What a start and an end on the page mean; null where it cannot be said, with the reason in `problem`. */
export interface RentalTimes {
  startsAt: Date | null;
  endsAt: Date | null;
  problem: string | null;
}

const wallClock = /^(\d{1,2})\/(\d{1,2})\/(\d{4}),? (\d{1,2}):(\d{2}) ?([AP])\.?M\.?$/i;

/**
 * Reads `6/9/2025 7:00 PM` and the like. A wall clock of the hour that autumn repeats may mean two instants: the pair
 * of start and end that makes the shortest rental is taken, and of equal ones the earlier. One of the hour that spring
 * skips means none, and neither does an end before its start; then the row is to be reported, not guessed.
 */
export function rentalTimes(start: string, end: string): RentalTimes {
  const starts = instantsOf(start);
  const ends = instantsOf(end);
  const problem = problemOf('start', start, starts) ?? problemOf('end', end, ends);
  const best = problem === null ? shortest(starts, ends) : null;
  if (best) return { startsAt: new Date(best.start), endsAt: new Date(best.end), problem: null };
  return { startsAt: null, endsAt: null, problem: problem ?? 'the rental ends before it starts' };
}

/** The instants, in epoch milliseconds, that a wall clock of the studio can mean: none, one or two. */
export function instantsOf(text: string): number[] {
  const local = parseWallClock(text);
  if (!local) return [];
  const candidates = (['earlier', 'later'] as const)
    .map((disambiguation) => local.toZonedDateTime(studioTimeZone, { disambiguation }))
    .filter((zoned) => zoned.toPlainDateTime().equals(local));
  return [...new Set(candidates.map((zoned) => zoned.epochMilliseconds))];
}

function parseWallClock(text: string): Temporal.PlainDateTime | null {
  const parts = wallClock.exec(text.replace(/\s+/g, ' ').trim());
  if (!parts) return null;
  const [month, day, year, hour, minute] = parts.slice(1, 6).map(Number) as [number, number, number, number, number];
  if (hour < 1 || hour > 12) return null;
  const afternoon = parts[6]!.toUpperCase() === 'P' ? 12 : 0;
  try {
    return Temporal.PlainDateTime.from(
      { year, month, day, hour: (hour % 12) + afternoon, minute },
      { overflow: 'reject' },
    );
  } catch {
    return null; // there is no such day or minute
  }
}

function problemOf(which: 'start' | 'end', text: string, instants: number[]): string | null {
  if (instants.length > 0) return null;
  const reason = parseWallClock(text) ? 'is in the hour that daylight saving skips' : 'cannot be read';
  return `the ${which} time ${reason}`;
}

function shortest(starts: number[], ends: number[]): { start: number; end: number } | null {
  const pairs = starts.flatMap((start) => ends.map((end) => ({ start, end })));
  const possible = pairs.filter(({ start, end }) => end >= start);
  return possible.sort((a, b) => a.end - a.start - (b.end - b.start) || a.start - b.start)[0] ?? null;
}
