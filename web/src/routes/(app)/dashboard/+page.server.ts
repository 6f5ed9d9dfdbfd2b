import { submitted, textsOf, userOf } from '#lib/server/pages/page.ts';
import { loadDashboard } from '#lib/server/pages/dashboard.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = (event) => {
  userOf(event);
  // The page asks for this again when a sync has ended.
  event.depends('app:rentals');
  return loadDashboard(event.locals, event.url.searchParams.get('earlier'));
};

export const actions: Actions = {
  sync: (event) => {
    userOf(event);
    return submitted('sync', {}, () => event.locals.api.sync.request());
  },
  cancel: (event) => {
    userOf(event);
    return submitted('sync', {}, () => event.locals.api.sync.cancel());
  },
  resume: (event) => {
    userOf(event);
    return submitted('sync', {}, () => event.locals.api.sync.resume());
  },
  connect: async (event) => {
    userOf(event);
    const given = await textsOf(event.request, 'username', 'password');
    return submitted('connect', { username: given.username }, () => event.locals.api.portalAccount.save(given));
  },
};
