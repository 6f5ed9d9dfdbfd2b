import { redirect } from '@sveltejs/kit';
import { signOutBrowser } from '#lib/server/auth/browser-session.ts';
import { scheduleOf } from '#lib/server/pages/schedule-form.ts';
import { submitted, textsOf } from '#lib/server/pages/page.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
  const { api } = event.locals;
  // The panel's words about the last sync are read again when one ends.
  event.depends('app:rentals');
  const [status, portalAccount, settings, { jobs }] = await Promise.all([
    api.sync.status(),
    api.portalAccount.get(),
    api.settings.get(),
    api.sync.history({ limit: 1 }),
  ]);
  return { status, portalAccount, settings, jobs };
};

export const actions: Actions = {
  /** The sign-in is tried at once, before it takes the place of one that works: the page shows how it goes. */
  connect: async (event) => {
    const given = await textsOf(event.request, 'username', 'password');
    const refused = await submitted('connect', { username: given.username }, () =>
      event.locals.api.portalAccount.try(given),
    );
    return refused ?? { done: 'connect' };
  },
  disconnect: async (event) => {
    const refused = await submitted('disconnect', {}, () => event.locals.api.portalAccount.remove());
    return refused ?? { done: 'disconnect' };
  },
  schedule: async (event) => {
    const form = await event.request.formData();
    const refused = await submitted('schedule', {}, () => event.locals.api.settings.update(scheduleOf(form)));
    return refused ?? { done: 'schedule' };
  },
  pause: (event) => {
    return submitted('syncing', {}, () => event.locals.api.sync.pause());
  },
  resume: (event) => {
    return submitted('syncing', {}, () => event.locals.api.sync.resume());
  },
  sync: (event) => {
    return submitted('sync', {}, () => event.locals.api.sync.request());
  },
  cancel: (event) => {
    return submitted('sync', {}, () => event.locals.api.sync.cancel());
  },
  signOut: async (event) => {
    await signOutBrowser(event);
    redirect(303, '/');
  },
};
