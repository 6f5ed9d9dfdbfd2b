import { createHash } from 'node:crypto';
import { locations } from './defaults.ts';
import type { Rental } from './types.ts';
import { formatWallClock, newYorkWallClock, wallClockOrder } from './wall-clock.ts';

const dayMs = 24 * 60 * 60 * 1_000;
const daysAhead = 21;
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789abcdefghijklmnopqrstuvwxyz';
const studios = {
  [locations[0]]: ['Studio A', 'Studio B', 'Studio C', 'Studio D', 'Studio E', 'Studio F', 'Studio X'],
  [locations[1]]: ['Studio 1', 'Studio 2', 'Studio 3', 'Studio 4', 'Studio 5', 'Studio 6', 'Studio 9'],
} as const;
const hourlyCents = [1_900, 1_900, 1_900, 2_200, 2_200, 2_850, 2_850, 3_500, 3_500, 4_200, 1_500, 0, 61_725];
const minutesLong = [60, 60, 90, 120, 120, 180];

/**
 * Makes up rentals of one dancer, newest start first. What happens on a day depends on the seed and the day alone, so
 * a portal that starts again on another day shows the same rentals with the same ids, only in a window that moved on.
 */
export function makeRentals(count: number, seed: string, today = new Date()): Rental[] {
  const rentals: Rental[] = [];
  const now = newYorkWallClock(today);
  const nowOrder = wallClockOrder(formatWallClock(now));
  let day = Date.UTC(now.year, now.month - 1, now.day) + daysAhead * dayMs;
  for (; rentals.length < count; day -= dayMs) {
    rentals.push(...rentalsOfDay(day, seed, nowOrder));
  }
  return rentals.slice(0, count);
}

/** A record id in Salesforce's form, 18 characters, the same for the same text. */
export function recordIdFor(text: string): string {
  const digest = createHash('sha256').update(text).digest();
  return `a0YRt0000${[...digest.subarray(0, 9)].map((byte) => alphabet[byte % alphabet.length]).join('')}`;
}

/** None, one or two rentals, the later one first. */
function rentalsOfDay(day: number, seed: string, nowOrder: number): Rental[] {
  const dice = createHash('sha256').update(`${seed}|${day}`).digest();
  const howMany = dice[0]! < 100 ? 0 : dice[0]! < 215 ? 1 : 2;
  const evening = rentalAt(day, 17 + (dice[1]! % 4), dice.subarray(2), `${seed}|${day}|evening`, nowOrder);
  const morning = rentalAt(day, 9 + (dice[11]! % 4), dice.subarray(12), `${seed}|${day}|morning`, nowOrder);
  return [evening, morning].slice(0, howMany);
}

function rentalAt(day: number, hour: number, dice: Buffer, id: string, nowOrder: number): Rental {
  const startsAt = day + (hour * 60 + (dice[0]! % 2) * 30) * 60_000;
  const minutes = pick(minutesLong, dice[1]!);
  const location = pick(locations, dice[2]!);
  const recordId = recordIdFor(id);
  return {
    recordId,
    name: `R-${String(400_000 + Math.round(day / dayMs - 19_000) * 30 + (hour < 15 ? 0 : 15) + (dice[3]! % 15)).padStart(6, '0')}`,
    start: wallText(startsAt),
    end: wallText(startsAt + minutes * 60_000),
    studio: pick(studios[location], dice[4]!),
    price: dollars(Math.round((pick(hourlyCents, dice[5]!) * minutes) / 60)),
    status: statusFor(startsAt + minutes * 60_000 < nowOrder, dice[6]!),
    location,
  };
}

function statusFor(past: boolean, die: number): string {
  if (die < 18) return 'Canceled';
  if (past) return 'Completed';
  return die < 80 ? 'Pending' : 'Approved';
}

function wallText(order: number): string {
  const at = new Date(order);
  return formatWallClock({
    year: at.getUTCFullYear(),
    month: at.getUTCMonth() + 1,
    day: at.getUTCDate(),
    hour: at.getUTCHours(),
    minute: at.getUTCMinutes(),
  });
}

function dollars(cents: number): string {
  return (cents / 100).toLocaleString('en-US', { style: 'currency', currency: 'USD' });
}

function pick<T>(items: readonly T[], die: number): T {
  return items[die % items.length]!;
}
