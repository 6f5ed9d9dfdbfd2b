/** Turns rows into what a person plans with: which one is next, which days, what lies between, what collides. */
import type { BookingView } from '#domain/shapes/bookings.ts';
import { isGone, isHeldRental, rentalMeaning } from '#domain/rental-status.ts';
import { tripBetween, type Trip } from '#domain/travel.ts';
import { dayKey, daysBetween } from '#lib/time/new-york.ts';

type Standing = Pick<BookingView, 'removedAt' | 'startsAt' | 'status'>;

/** Canceled, declined or gone before it began: the room is no longer the dancer's. */
export function isCanceled(booking: Standing): boolean {
  return !isHeldRental(booking);
}

/** What Gibney says of it: `Approved`, `No longer on Gibney`. */
export function statusText(booking: Standing): string {
  if (isGone(booking)) return 'No longer on Gibney';
  return booking.removedAt ? `${booking.status}, no longer listed` : booking.status;
}

/** Requested, in review or of a status that we do not know: one looks twice. */
export function isUnsettled(booking: Standing): boolean {
  return !isCanceled(booking) && rentalMeaning(booking.status) !== 'confirmed';
}

export interface AgendaItem {
  booking: BookingView;
  /** Milliseconds between the end of what came before on the same day and this start; null for a day's first. */
  gapMs: number | null;
  /** True where the one before is in another building. */
  changesBuilding: boolean;
  /** The way from there, where it is a known one. */
  trip: Trip | null;
  /** Milliseconds in which an earlier rental is still going on, 0 without an overlap. */
  overlapMs: number;
  /** The rental that this one collides with. */
  overlapsWith: BookingView | null;
}

export interface AgendaDay {
  /** `2026-11-24`, in New York. */
  key: string;
  startsAt: string;
  /** Whole free days since the day before in the list. */
  freeDaysBefore: number;
  items: AgendaItem[];
}

/** The coming days, in order. `bookings` may come in any order; canceled and ended ones are left out. */
export function agendaOf(bookings: BookingView[], now: number): AgendaDay[] {
  const days: AgendaDay[] = [];
  for (const booking of comingOf(bookings, now)) {
    const day = dayFor(booking, days);
    day.items.push(itemAfter(day.items, booking));
  }
  return days;
}

/** What is going on or still to come, soonest first. */
export function comingOf(bookings: BookingView[], now: number): BookingView[] {
  return bookings
    .filter((booking) => !isCanceled(booking) && Date.parse(booking.endsAt) > now)
    .toSorted((one, other) => Date.parse(one.startsAt) - Date.parse(other.startsAt));
}

function dayFor(booking: BookingView, days: AgendaDay[]): AgendaDay {
  const key = dayKey(booking.startsAt);
  const last = days.at(-1);
  if (last?.key === key) return last;
  const freeDaysBefore = last ? daysBetween(last.startsAt, booking.startsAt) - 1 : 0;
  const day = { key, startsAt: booking.startsAt, freeDaysBefore, items: [] };
  days.push(day);
  return day;
}

/** A rental behind what the same day holds already. */
export function itemAfter(earlier: AgendaItem[], booking: BookingView): AgendaItem {
  const before = lastToEnd(earlier);
  if (!before) return { booking, gapMs: null, changesBuilding: false, trip: null, overlapMs: 0, overlapsWith: null };
  const distance = Date.parse(booking.startsAt) - Date.parse(before.endsAt);
  const overlapMs = Math.max(
    0,
    Math.min(Date.parse(before.endsAt), Date.parse(booking.endsAt)) - Date.parse(booking.startsAt),
  );
  return {
    booking,
    gapMs: Math.max(0, distance),
    changesBuilding: before.location !== booking.location,
    trip: tripBetween(before, booking),
    overlapMs,
    overlapsWith: overlapMs > 0 ? before : null,
  };
}

function lastToEnd(items: AgendaItem[]): BookingView | null {
  const ends = items
    .map(({ booking }) => booking)
    .toSorted((one, other) => Date.parse(other.endsAt) - Date.parse(one.endsAt));
  return ends[0] ?? null;
}
