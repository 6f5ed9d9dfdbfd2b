import { redirect } from '@sveltejs/kit';
import { submitted, textsOf } from '#lib/server/pages/page.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals: { api } }) => {
  const [groups, offers, shared] = await Promise.all([
    api.groups.list(),
    api.groups.offers(),
    api.groups.sharedWithLost({ limit: 100 }),
  ]);
  return { groups, offers, shared };
};

export const actions: Actions = {
  create: async ({ request, locals }) => {
    const given = await textsOf(request, 'name', 'payer');
    let id = '';
    const refused = await submitted('create', given, async () => {
      ({ id } = await locals.api.groups.create(given));
    });
    if (refused) return refused;
    redirect(303, `/groups/${id}`);
  },
  accept: async ({ request, locals }) => {
    const { id } = await textsOf(request, 'id');
    let groupId = '';
    const refused = await submitted('accept', {}, async () => {
      ({ groupId } = await locals.api.groups.accept({ id }));
    });
    if (refused) return refused;
    redirect(303, `/groups/${groupId}`);
  },
  decline: async ({ request, locals }) => {
    const given = await textsOf(request, 'id');
    return (await submitted('accept', {}, () => locals.api.groups.decline(given))) ?? { done: 'decline' };
  },
};
