import { redirect } from '@sveltejs/kit';
import type { MemberRole } from '#domain/groups.ts';
import { loadGroupRentals } from '#lib/server/pages/group-rentals.ts';
import { loaded, submitted, textsOf } from '#lib/server/pages/page.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
  event.depends('app:rentals');
  const { api, user } = event.locals;
  const { id } = event.params;
  const past = event.url.searchParams.has('past');
  const cursor = event.url.searchParams.get('cursor') || null;
  const [group, page, choices] = await loaded(
    Promise.all([api.groups.get({ id }), loadGroupRentals(api, { id, past, cursor }), api.calendar.choices()]),
  );
  return { group, past, ...page, studios: choices.studios, userId: user!.id };
};

export const actions: Actions = {
  rule: async ({ request, params: { id }, locals: { api } }) => {
    const given = await textsOf(request, 'studio', 'weekday', 'startsFrom', 'startsTo', 'nameContains');
    const refused = await submitted('rule', given, () =>
      api.groups.addRule({
        id,
        studio: given.studio,
        weekday: given.weekday === '' ? null : Number(given.weekday),
        startsFrom: given.startsFrom || null,
        startsTo: given.startsTo || null,
        nameContains: given.nameContains,
      }),
    );
    return refused ?? { done: 'rule' };
  },
  removeRule: async ({ request, params: { id }, locals: { api } }) => {
    const { ruleId } = await textsOf(request, 'ruleId');
    return (await submitted('rules', {}, () => api.groups.removeRule({ id, ruleId }))) ?? { done: 'rules' };
  },
  invite: async ({ request, params: { id }, locals: { api } }) => {
    const { email, role } = await textsOf(request, 'email', 'role');
    const refused = await submitted('invite', { email, role }, () =>
      api.groups.invite({ id, email, role: role as MemberRole }),
    );
    return refused ?? { done: 'invite', email };
  },
  revoke: async ({ request, params: { id }, locals: { api } }) => {
    const { invitationId } = await textsOf(request, 'invitationId');
    const refused = await submitted('people', {}, () => api.groups.revokeInvitation({ id, invitationId }));
    return refused ?? { done: 'people' };
  },
  role: async ({ request, params: { id }, locals: { api } }) => {
    const { userId, role } = await textsOf(request, 'userId', 'role');
    const refused = await submitted('people', {}, () =>
      api.groups.changeRole({ id, userId, role: role as MemberRole }),
    );
    return refused ?? { done: 'people' };
  },
  removeMember: async ({ request, params: { id }, locals: { api } }) => {
    const { userId } = await textsOf(request, 'userId');
    return (await submitted('people', {}, () => api.groups.removeMember({ id, userId }))) ?? { done: 'people' };
  },
  leave: async ({ params: { id }, locals: { api, user } }) => {
    const refused = await submitted('leave', {}, () => api.groups.removeMember({ id, userId: user!.id }));
    if (refused) return refused;
    redirect(303, '/groups');
  },
  takeOut: async ({ request, locals: { api } }) => {
    const { bookingId } = await textsOf(request, 'bookingId');
    const refused = await submitted('rentals', {}, () => api.groups.assign({ id: bookingId, groupId: null }));
    return refused ?? { done: 'rentals' };
  },
  change: async ({ request, params: { id }, locals: { api } }) => {
    const given = await textsOf(request, 'name', 'payer');
    return (await submitted('change', given, () => api.groups.update({ id, ...given }))) ?? { done: 'change' };
  },
  remove: async ({ params: { id }, locals: { api } }) => {
    const refused = await submitted('remove', {}, () => api.groups.remove({ id }));
    if (refused) return refused;
    redirect(303, '/groups');
  },
};
