import { loadBookingList } from '#lib/server/pages/booking-list.ts';
import { loaded } from '#lib/server/pages/page.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = (event) => {
  event.depends('app:rentals');
  return loaded(loadBookingList(event.locals.api, event.url.searchParams));
};
