import { redirect } from '@sveltejs/kit';
import { signOutBrowser } from '#lib/server/auth/browser-session.ts';
import { newYorkMoment, scheduleOf } from '#lib/server/pages/schedule-form.ts';
import { submitted, textsOf } from '#lib/server/pages/page.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
  const { api } = event.locals;
  // The panel's words about the last sync are read again when one ends.
  event.depends('app:rentals');
  event.depends('app:schedule');
  const [status, portalAccount, settings, schedule, { jobs }] = await Promise.all([
    api.sync.status(),
    api.portalAccount.get(),
    api.settings.get(),
    api.sync.schedule(),
    api.sync.history({ limit: 1 }),
  ]);
  return { status, portalAccount, settings, schedule, jobs };
};

export const actions: Actions = {
  /** The sign-in is tried at once, before it takes the place of one that works: the page shows how it goes. */
  connect: async (event) => {
    const given = await textsOf(event.request, 'username', 'password');
    const refused = await submitted('connect', { username: given.username }, () =>
      event.locals.api.portalAccount.try(given),
    );
    return refused ?? { done: 'connect', triedUsername: given.username };
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
  again: async (event) => {
    const { at } = await textsOf(event.request, 'at');
    const refused = await submitted('again', { at }, () =>
      event.locals.api.sync.again({ at: newYorkMoment(at) ?? '' }),
    );
    return refused ?? { done: 'again' };
  },
  notAgain: async (event) => {
    const refused = await submitted('again', {}, () => event.locals.api.sync.again({ at: null }));
    return refused ?? { done: 'notAgain' };
  },
  pause: async (event) => {
    const { until } = await textsOf(event.request, 'until');
    const refused = await submitted('syncing', { until }, () =>
      event.locals.api.sync.pause({ until: newYorkMoment(until) }),
    );
    return refused ?? { done: 'pause' };
  },
  resume: async (event) => {
    return (await submitted('syncing', {}, () => event.locals.api.sync.resume())) ?? { done: 'resume' };
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
