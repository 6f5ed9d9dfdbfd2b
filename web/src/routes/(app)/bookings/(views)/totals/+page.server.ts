import { readBookingQuery, wordsOf } from '#lib/bookings/booking-query.ts';
import { loaded } from '#lib/server/pages/page.ts';
import { startOfDay } from '#lib/time/days.ts';
import { dayKey } from '#lib/time/new-york.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
  event.depends('app:rentals');
  const query = readBookingQuery(event.url.searchParams);
  const year = query.year ?? Number(dayKey(Date.now()).slice(0, 4));
  const totals = await loaded(event.locals.api.bookings.totals({ ...wordsOf(query), year }));
  return { totals, span: { from: startOfDay(`${year}-01-01`), to: startOfDay(`${year + 1}-01-01`) } };
};
