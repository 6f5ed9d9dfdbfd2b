/** Rentals of any kind by day, in the order in which they come: past ones newest day first, canceled ones among them. */
import type { BookingView } from '#domain/shapes/bookings.ts';
import { dayKey, daysBetween } from '#lib/time/new-york.ts';
import { isCanceled, itemAfter, type AgendaDay } from './agenda.ts';

/** Within a day they go by the clock. What collides and what lies between counts only those that still take place. */
export function dayGroupsOf(bookings: BookingView[]): AgendaDay[] {
  const groups = Map.groupBy(bookings, ({ startsAt }) => dayKey(startsAt));
  const days = [...groups].map(([key, all]) => dayOf(key, all));
  return days.map((day, index) => ({ ...day, freeDaysBefore: freeDays(days[index - 1], day) }));
}

function dayOf(key: string, bookings: BookingView[]): AgendaDay {
  const inOrder = bookings.toSorted((one, other) => Date.parse(one.startsAt) - Date.parse(other.startsAt));
  const items: AgendaDay['items'] = [];
  for (const booking of inOrder) {
    const takingPlace = items.filter((item) => !isCanceled(item.booking));
    items.push(itemAfter(isCanceled(booking) ? [] : takingPlace, booking));
  }
  return { key, startsAt: inOrder[0]!.startsAt, freeDaysBefore: 0, items };
}

function freeDays(before: AgendaDay | undefined, day: AgendaDay): number {
  return before ? Math.max(0, daysBetween(before.startsAt, day.startsAt) - 1) : 0;
}
