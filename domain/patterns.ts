/** Rentals that come every week: what is left of them, and the weeks in between that lack one. */
import { studioWallClock } from './studio-clock.ts';

export interface PatternRental {
  startsAt: Date | string;
  endsAt: Date | string;
  studio: string;
  location: string;
}

export interface Pattern {
  /** 0 is Sunday. */
  weekday: number;
  /** `19:00`, on the studio's clock. */
  clock: string;
  studio: string;
  location: string;
  /** How many are still to come, and the days of the first and the last, `2026-12-01`. */
  count: number;
  first: string;
  last: string;
  /** Days between them on which there is none. */
  missing: string[];
}

/** Two may be chance. */
const fewest = 3;

/** Something that misses a week more often than every other time is no pattern. */
const mostMissingShare = 0.5;

const weekMs = 7 * 86_400_000;

/** Of upcoming rentals that take place; in the order of their first days. */
export function patternsOf(rentals: PatternRental[]): Pattern[] {
  const slots = Map.groupBy(rentals, ({ startsAt, endsAt, studio, location }) => {
    const [day, clock] = wallClock(startsAt);
    return [new Date(day).getUTCDay(), clock, wallClock(endsAt)[1], studio, location].join('\n');
  });
  return [...slots.values()]
    .map(patternOf)
    .filter((pattern) => pattern !== null)
    .sort((one, other) => (`${one.first} ${one.clock}` < `${other.first} ${other.clock}` ? -1 : 1));
}

function patternOf(rentals: PatternRental[]): Pattern | null {
  const days = [...new Set(rentals.map(({ startsAt }) => wallClock(startsAt)[0]))].sort();
  const [first, last] = [days[0]!, days.at(-1)!];
  const missing: string[] = [];
  for (let day = Date.parse(first); day < Date.parse(last); day += weekMs) {
    const key = new Date(day).toISOString().slice(0, 10);
    if (!days.includes(key)) missing.push(key);
  }
  if (days.length < fewest || missing.length > days.length * mostMissingShare) return null;
  const { startsAt, studio, location } = rentals[0]!;
  const weekday = new Date(first).getUTCDay();
  return { weekday, clock: wallClock(startsAt)[1], studio, location, count: days.length, first, last, missing };
}

function wallClock(moment: Date | string): [day: string, clock: string] {
  const [day, clock] = studioWallClock(new Date(moment)).split(' ');
  return [day!, clock!];
}
