import { readBookingQuery, wordsOf } from '#lib/bookings/booking-query.ts';
import { weekStartFor } from '#lib/server/pages/week-start.ts';
import { loaded } from '#lib/server/pages/page.ts';
import type { LayoutServerLoad } from './$types';

export const load: LayoutServerLoad = async (event) => {
  // The page asks for this again when a sync has ended.
  event.depends('app:rentals');
  const { api } = event.locals;
  const query = readBookingQuery(event.url.searchParams);
  const [counts, overlaps, choices, groups] = await loaded(
    Promise.all([
      api.bookings.counts(wordsOf(query)),
      api.bookings.overlaps(),
      api.calendar.choices(),
      api.groups.list(),
    ]),
  );
  const own = groups.filter(({ role }) => role === 'owner');
  return { weekStart: weekStartFor(event), query, counts, overlaps, choices, groups: own };
};
