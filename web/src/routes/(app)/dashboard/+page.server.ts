import { redirect } from '@sveltejs/kit';
import type { RequestEvent } from '@sveltejs/kit';
import { loadDashboard } from '#lib/server/pages/dashboard.ts';
import { optionsIn } from '#lib/sync/sync-options.ts';
import { firstRunOf } from '#lib/server/pages/first-run.ts';
import { submitted, textsOf } from '#lib/server/pages/page.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
  // The page asks for this again when a sync has ended.
  event.depends('app:rentals');
  const [dashboard, shared, offers] = await Promise.all([
    loadDashboard(event.locals, event.url.searchParams.get('earlier')),
    event.locals.api.groups.sharedWithLost({ limit: 5 }),
    event.locals.api.groups.offers(),
  ]);
  return { ...dashboard, shared, offers, firstRun: firstRunOf(event) };
};

export const actions: Actions = {
  sync: async (event) => {
    const options = optionsIn(await event.request.formData());
    return done(event, 'sync', {}, () => event.locals.api.sync.request(options && { options }));
  },
  cancel: (event) => done(event, 'sync', {}, () => event.locals.api.sync.cancel()),
  resume: (event) => done(event, 'sync', {}, () => event.locals.api.sync.resume()),
  acknowledge: async (event) => {
    const ids = (await event.request.formData()).getAll('change').map(String);
    return done(event, 'acknowledge', {}, () => event.locals.api.changes.acknowledge({ ids }));
  },
  connect: async (event) => {
    const given = await textsOf(event.request, 'username', 'password');
    return done(event, 'connect', { username: given.username }, () => event.locals.api.portalAccount.save(given));
  },
};

/** Answers a refusal to its form; else shows the dashboard afresh, so that a reload does not do it once more. */
async function done(event: RequestEvent, form: string, values: Record<string, string>, work: () => Promise<unknown>) {
  const refused = await submitted(form, values, work);
  if (refused) return refused;
  redirect(303, '/dashboard');
}
