import { redirect } from '@sveltejs/kit';
import { signOutBrowser } from '#lib/server/auth/browser-session.ts';
import { submitted, textsOf, userOf } from '#lib/server/pages/page.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
  userOf(event);
  const { api } = event.locals;
  const [status, portalAccount, profile] = await Promise.all([
    api.sync.status(),
    api.portalAccount.get(),
    api.account.profile(),
  ]);
  return { status, portalAccount, profile };
};

export const actions: Actions = {
  connect: async (event) => {
    userOf(event);
    const given = await textsOf(event.request, 'username', 'password');
    const refused = await submitted('connect', { username: given.username }, () =>
      event.locals.api.portalAccount.save(given),
    );
    if (refused) return refused;
    // The first sync with these credentials is under way: this is where it can be watched.
    redirect(303, '/dashboard');
  },
  disconnect: (event) => {
    userOf(event);
    return submitted('disconnect', {}, () => event.locals.api.portalAccount.remove());
  },
  pause: (event) => {
    userOf(event);
    return submitted('syncing', {}, () => event.locals.api.sync.pause());
  },
  resume: (event) => {
    userOf(event);
    return submitted('syncing', {}, () => event.locals.api.sync.resume());
  },
  signOut: async (event) => {
    await signOutBrowser(event);
    redirect(303, '/');
  },
};
