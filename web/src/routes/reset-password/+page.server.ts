import { redirect } from '@sveltejs/kit';
import { submitted, textsOf } from '#lib/server/pages/page.ts';
import type { Actions } from './$types';

export const actions: Actions = {
  default: async ({ request, locals }) => {
    const given = await textsOf(request, 'token', 'newPassword');
    const refused = await submitted('reset', {}, () => locals.api.account.resetPassword(given));
    if (refused) return refused;
    redirect(303, '/sign-in?new-password');
  },
};
