import { redirect } from '@sveltejs/kit';
import { signInPath } from '#lib/account/sign-in-path.ts';
import { submitted, textsOf } from '#lib/server/pages/page.ts';
import type { Actions } from './$types';

export const actions: Actions = {
  default: async ({ request, locals }) => {
    if (!locals.user) redirect(303, signInPath('/invitation', false));
    const given = await textsOf(request, 'token');
    let groupId = '';
    const refused = await submitted('accept', {}, async () => {
      ({ groupId } = await locals.api.groups.accept(given));
    });
    if (refused) return refused;
    redirect(303, `/groups/${groupId}`);
  },
};
