/** The way from one rental to the next, where they are in two houses and follow each other closely. */
import { placeOf } from './place.ts';
import { houseOf } from './postal-address.ts';

/** From door to door between 280 and 890 Broadway, by subway with its wait, or by bicycle. */
const minutesBetweenHouses = 25;

/** No two rentals further apart than this are too close for the way between them. */
export const longestWayMinutes = minutesBetweenHouses;

/** With more time than this in between, nobody goes straight from one to the other. */
const closeMinutes = 180;

/** A rental as far as travel needs it: a row, or what the API answers. */
export interface Stay {
  startsAt: Date | string;
  endsAt: Date | string;
  location: string;
}

export interface Trip {
  /** How long the way takes. */
  minutes: number;
  /** When to leave the previous rental's house, to be there at the start. */
  leaveBy: Date;
  /** By how many minutes the previous rental ends too late for that; 0 where there is time. */
  lateBy: number;
}

/** How long the way between two locations takes, as the portal writes them; null in one house or from an unknown one. */
export function travelMinutes(from: string, to: string): number | null {
  const [one, other] = [houseOf(from), houseOf(to)];
  return one === null || other === null || one === other ? null : minutesBetweenHouses;
}

/** The way to a rental from the one before it; null where none needs to be considered. */
export function tripBetween(before: Stay, next: Stay): Trip | null {
  const minutes = travelMinutes(before.location, next.location);
  const start = msOf(next.startsAt);
  const free = (start - msOf(before.endsAt)) / 60_000;
  // Two at the same time are a clash: no way helps.
  if (minutes === null || free < 0 || free > closeMinutes) return null;
  return { minutes, leaveBy: new Date(start - minutes * 60_000), lateBy: Math.max(0, Math.ceil(minutes - free)) };
}

/**
 * The trips between rentals that all take place, in any order, by the rental that they lead to. A trip comes from the
 * rental that ends last before it.
 */
export function tripsTo<Rental extends Stay>(rentals: Rental[]): Map<Rental, Trip & { from: Rental }> {
  const trips = new Map<Rental, Trip & { from: Rental }>();
  let before: Rental | null = null;
  for (const next of rentals.toSorted((one, other) => msOf(one.startsAt) - msOf(other.startsAt))) {
    const trip = before && tripBetween(before, next);
    if (before && trip) trips.set(next, { ...trip, from: before });
    if (!before || msOf(next.endsAt) >= msOf(before.endsAt)) before = next;
  }
  return trips;
}

/** `Only 10 minutes to get from 280 to 890 Broadway` */
export function shortWayText(from: string, to: string, minutes: number): string {
  const [start, end] = [placeOf(from).street, placeOf(to).street];
  const road = end.slice(end.indexOf(' '));
  const left = start.endsWith(road) ? start.slice(0, -road.length) : start;
  const time = minutes === 0 ? 'No time' : `Only ${minutes} ${minutes === 1 ? 'minute' : 'minutes'}`;
  return `${time} to get from ${left} to ${end}`;
}

function msOf(moment: Date | string): number {
  return new Date(moment).getTime();
}
