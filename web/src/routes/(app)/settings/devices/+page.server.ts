import { redirect } from '@sveltejs/kit';
import { signOutBrowser } from '#lib/server/auth/browser-session.ts';
import { submitted, textsOf } from '#lib/server/pages/page.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
  return { sessions: await event.locals.api.account.sessions() };
};

export const actions: Actions = {
  revoke: async (event) => {
    const given = await textsOf(event.request, 'id');
    const refused = await submitted('revoke', {}, () => event.locals.api.account.revokeSession(given));
    return refused ?? { done: 'revoke' };
  },
  revokeOthers: async (event) => {
    const refused = await submitted('revoke', {}, () => event.locals.api.account.revokeOtherSessions());
    return refused ?? { done: 'revoke-others' };
  },
  signOut: async (event) => {
    await signOutBrowser(event);
    redirect(303, '/');
  },
};
