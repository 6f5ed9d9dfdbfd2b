import { redirect } from '@sveltejs/kit';
import { readSharedGroup } from '#db/queries/group-bookings.ts';
import { loaded, submitted, textsOf } from '#lib/server/pages/page.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
  event.depends('app:rentals');
  const { id } = event.params;
  const { api } = event.locals;
  // Notices lead here, also those of what somebody else shares.
  const sharedIn = await readSharedGroup(event.locals.services.orm.em.fork(), event.locals.user!.id, id);
  if (sharedIn) redirect(303, `/groups/${sharedIn}`);
  const [detail, { changes }, answers, assignment, groups] = await loaded(
    Promise.all([
      api.bookings.get({ id }),
      api.changes.list({ bookingId: id, limit: 100 }),
      api.callSheets.answersTo({ bookingId: id }),
      api.groups.assignment({ id }),
      api.groups.list(),
    ]),
  );
  const own = groups.filter(({ role }) => role === 'owner');
  return { detail, changes, answers, assignment, groups: own, deskPhone: event.locals.services.config.DESK_PHONE };
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
};
