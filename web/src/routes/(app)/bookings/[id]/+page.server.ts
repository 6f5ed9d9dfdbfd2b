import { redirect } from '@sveltejs/kit';
import { readSharedGroup } from '#db/queries/group-bookings.ts';
import { loaded, submitted, textsOf } from '#lib/server/pages/page.ts';
import type { Actions, PageServerLoad } from './$types';

const shownDeliveries = 20;

export const load: PageServerLoad = async (event) => {
  event.depends('app:rentals');
  const { id } = event.params;
  const { api } = event.locals;
  // Notices lead here, also those of what somebody else shares.
  const sharedIn = await readSharedGroup(event.locals.services.orm.em.fork(), event.locals.user!.id, id);
  if (sharedIn) redirect(303, `/groups/${sharedIn}`);
  const [detail, { changes }, answers, assignment, groups, calendars, { deliveries }] = await loaded(
    Promise.all([
      api.bookings.get({ id }),
      api.changes.list({ bookingId: id, limit: 100 }),
      api.callSheets.answersTo({ bookingId: id }),
      api.groups.assignment({ id }),
      api.groups.list(),
      api.calendarConnections.ofBooking({ id }),
      api.deliveries.list({ bookingId: id, limit: shownDeliveries }),
    ]),
  );
  const own = groups.filter(({ role }) => role === 'owner');
  const { DESK_PHONE: deskPhone } = event.locals.services.config;
  return { detail, changes, answers, assignment, groups: own, calendars, deliveries, deskPhone };
};

export const actions: Actions = {
  /** `group` is its id, or `none`; left empty, the rules decide. */
  assign: async ({ request, params: { id }, locals: { api } }) => {
    const { group } = await textsOf(request, 'group');
    const refused = await submitted('assign', {}, () =>
      group === ''
        ? api.groups.assignByRules({ id })
        : api.groups.assign({ id, groupId: group === 'none' ? null : group }),
    );
    return refused ?? { done: 'assign' };
  },
  /** What was sent, once more. */
  resend: async ({ request, locals: { api } }) => {
    const { deliveryId } = await textsOf(request, 'deliveryId');
    const refused = await submitted('told', {}, () => api.deliveries.retry({ id: deliveryId }));
    return refused ?? { done: 'told' };
  },
  /** A calendar that waits or has refused something is written to now. */
  rewrite: async ({ request, locals: { api } }) => {
    const { connectionId } = await textsOf(request, 'connectionId');
    const refused = await submitted('told', {}, () => api.calendarConnections.retry({ id: connectionId }));
    return refused ?? { done: 'told' };
  },
};
