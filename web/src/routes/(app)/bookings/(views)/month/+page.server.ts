import { readBookingQuery, wordsOf } from '#lib/bookings/booking-query.ts';
import { weekStartFor } from '#lib/server/pages/week-start.ts';
import { loaded } from '#lib/server/pages/page.ts';
import { addDays, addMonths, startOfDay, startOfMonth, weeksOfMonth } from '#lib/time/days.ts';
import { dayKey } from '#lib/time/new-york.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
  event.depends('app:rentals');
  const query = readBookingQuery(event.url.searchParams);
  const date = query.date ?? dayKey(Date.now());
  const days = weeksOfMonth(date, weekStartFor(event)).flat();
  // The days of the months before and after that share a week with it are on the sheet too.
  const shown = { from: startOfDay(days[0]!), to: startOfDay(addDays(days.at(-1)!, 1)) };
  const { canceled } = query;
  const bookings = await loaded(event.locals.api.bookings.span({ ...wordsOf(query), ...shown, canceled }));
  const span = { from: startOfDay(startOfMonth(date)), to: startOfDay(addMonths(date, 1)) };
  return { date, span, bookings };
};
