/** What the list of rentals shows for an address. */
import { patternsOf } from '#domain/patterns.ts';
import { isCanceled } from '#lib/bookings/agenda.ts';
import { activeWords, readBookingQuery, wordsOf } from '#lib/bookings/booking-query.ts';
import type { Caller } from '../trpc/router.ts';

export async function loadBookingList(api: Caller, params: URLSearchParams) {
  const query = readBookingQuery(params);
  const { when, canceled } = query;
  const cursor = params.get('after') || null;
  const first = await api.bookings.page({ ...wordsOf(query), when, canceled, limit: 100, cursor });
  // A part of the rentals makes wrong counts, and gaps where there are none.
  const isWhole = cursor === null && first.nextCursor === null && activeWords(query).length === 0;
  const patterns = isWhole && when === 'upcoming' ? patternsOf(first.bookings.filter((one) => !isCanceled(one))) : [];
  return { first, patterns, isLater: cursor !== null };
}
