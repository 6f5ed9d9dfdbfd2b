import { loaded } from '#lib/server/pages/page.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
  event.depends('app:rentals');
  const { id } = event.params;
  const { api } = event.locals;
  const [detail, { changes }, answers] = await loaded(
    Promise.all([
      api.bookings.get({ id }),
      api.changes.list({ bookingId: id, limit: 100 }),
      api.callSheets.answersTo({ bookingId: id }),
    ]),
  );
  return { detail, changes, answers, deskPhone: event.locals.services.config.DESK_PHONE };
};
