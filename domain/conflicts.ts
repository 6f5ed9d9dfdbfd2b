/** Rentals that cannot both be kept as they stand: at the same time, or in two houses with too little time for the way. */
import { tripsTo, type Stay } from './travel.ts';

export type Conflict<Rental> =
  | { kind: 'same_time'; other: Rental }
  | { kind: 'short_way'; other: Rental; minutesBetween: number; minutesNeeded: number };

export interface Conflicts<Rental> {
  /** How many there are in all, including those that are not listed. */
  count: number;
  /** Those at the same time first, each by start. */
  first: Conflict<Rental>[];
}

/**
 * What conflicts with those that `isAsked`, among rentals that are all held, in any order. At most `most` conflicts are
 * listed for each; a rental without conflicts is left out.
 */
export function conflictsOf<Rental extends Stay>(
  rentals: Rental[],
  isAsked: (rental: Rental) => boolean,
  most: number,
): Map<Rental, Conflicts<Rental>> {
  const found = atSameTime(rentals, isAsked, most);
  const add = (rental: Rental, way: Conflict<Rental>) => {
    if (!isAsked(rental)) return;
    const { count, first } = found.get(rental) ?? { count: 0, first: [] };
    found.set(rental, { count: count + 1, first: [...first, way].slice(0, most) });
  };
  for (const [to, { from, minutes, lateBy }] of tripsTo(rentals)) {
    if (lateBy === 0) continue;
    const way = { kind: 'short_way', minutesBetween: minutes - lateBy, minutesNeeded: minutes } as const;
    add(to, { ...way, other: from });
    add(from, { ...way, other: to });
  }
  return found;
}

/**
 * Two that touch are not at the same time. Looks back only as far as something is still going on, and ahead only until the
 * rental ends.
 */
function atSameTime<Rental extends Stay>(
  rentals: Rental[],
  isAsked: (rental: Rental) => boolean,
  most: number,
): Map<Rental, Conflicts<Rental>> {
  const spans = rentals
    .map((rental) => ({ rental, starts: msOf(rental.startsAt), ends: msOf(rental.endsAt) }))
    .sort((one, other) => one.starts - other.starts);
  let latest = -Infinity;
  const busyUntil = spans.map(({ ends }) => (latest = Math.max(latest, ends)));
  const found = new Map<Rental, Conflicts<Rental>>();
  for (const [index, { rental, starts, ends }] of spans.entries()) {
    if (!isAsked(rental)) continue;
    const conflicts: Conflicts<Rental> = { count: 0, first: [] };
    let at = index;
    while (at > 0 && busyUntil[at - 1]! > starts) at -= 1;
    for (; at < spans.length && spans[at]!.starts < ends; at += 1) {
      if (at === index || spans[at]!.ends <= starts) continue;
      conflicts.count += 1;
      if (conflicts.count <= most) conflicts.first.push({ kind: 'same_time', other: spans[at]!.rental });
    }
    if (conflicts.count > 0) found.set(rental, conflicts);
  }
  return found;
}

function msOf(moment: Date | string): number {
  return new Date(moment).getTime();
}
