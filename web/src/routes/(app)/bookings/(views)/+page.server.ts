import { readBookingQuery, wordsOf } from '#lib/bookings/booking-query.ts';
import { loaded } from '#lib/server/pages/page.ts';
import { startOfDay } from '#lib/time/days.ts';
import { dayKey } from '#lib/time/new-york.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
  event.depends('app:rentals');
  const query = readBookingQuery(event.url.searchParams);
  const { when, canceled } = query;
  const cursor = event.url.searchParams.get('after') || null;
  const first = await loaded(event.locals.api.bookings.page({ ...wordsOf(query), when, canceled, limit: 100, cursor }));
  const today = startOfDay(dayKey(Date.now()));
  return { first, isLater: cursor !== null, span: when === 'past' ? { to: today } : { from: today } };
};
