import { readBookingQuery, wordsOf } from '#lib/bookings/booking-query.ts';
import { weekStartFor } from '#lib/server/pages/week-start.ts';
import { loaded } from '#lib/server/pages/page.ts';
import { addDays, startOfDay, startOfWeek } from '#lib/time/days.ts';
import { dayKey } from '#lib/time/new-york.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
  event.depends('app:rentals');
  const query = readBookingQuery(event.url.searchParams);
  const first = startOfWeek(query.date ?? dayKey(Date.now()), weekStartFor(event));
  const span = { from: startOfDay(first), to: startOfDay(addDays(first, 7)) };
  const { canceled } = query;
  const bookings = await loaded(event.locals.api.bookings.span({ ...wordsOf(query), ...span, canceled }));
  return { first, span, bookings };
};
