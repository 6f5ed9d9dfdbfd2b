import { patternsOf } from '#domain/patterns.ts';
import { isCanceled } from '#lib/bookings/agenda.ts';
import { activeWords, readBookingQuery, wordsOf } from '#lib/bookings/booking-query.ts';
import { loaded } from '#lib/server/pages/page.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
  event.depends('app:rentals');
  const query = readBookingQuery(event.url.searchParams);
  const { when, canceled } = query;
  const cursor = event.url.searchParams.get('after') || null;
  const first = await loaded(event.locals.api.bookings.page({ ...wordsOf(query), when, canceled, limit: 100, cursor }));
  const isWhole = cursor === null && when === 'upcoming' && activeWords(query).length === 0;
  const patterns = isWhole ? patternsOf(first.bookings.filter((one) => !isCanceled(one))) : [];
  return { first, patterns, isLater: cursor !== null };
};
