import { connectionActions } from '#lib/server/pages/connection-actions.ts';
import { feedFieldsOf } from '#lib/server/pages/feed-form.ts';
import { finishFirstRun, firstRunOf } from '#lib/server/pages/first-run.ts';
import { googleMessage } from '#lib/calendar/google-messages.ts';
import { submitted } from '#lib/server/pages/page.ts';
import { redirect } from '@sveltejs/kit';
import type { RequestEvent } from '@sveltejs/kit';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
  const { api, services } = event.locals;
  const [feeds, choices, connections] = await Promise.all([
    api.calendar.list(),
    api.calendar.choices(),
    api.calendarConnections.list(),
  ]);
  // One account there: who gives access back gives all of it back.
  const offersGoogle = services.config.google !== null && !connections.some(({ kind }) => kind === 'google');
  const google = googleMessage(event.url.searchParams.get('google'));
  return { feeds, choices, connections, offersGoogle, google, firstRun: firstRunOf(event) };
};

/** Which feed a form is about. The forms of all feeds have the same names; answers carry the feed's id. */
function idOf(form: FormData): string {
  const id = form.get('id');
  return typeof id === 'string' ? id : '';
}

async function withFeed(event: RequestEvent, name: string, work: (id: string) => Promise<unknown>) {
  const id = idOf(await event.request.formData());
  return (await submitted(`${name}:${id}`, {}, () => work(id))) ?? { done: name };
}

export const actions: Actions = {
  create: async (event) => {
    const fields = feedFieldsOf(await event.request.formData());
    const refused = await submitted('create', { name: fields.name }, () => event.locals.api.calendar.create(fields));
    return refused ?? { done: 'create' };
  },
  update: async (event) => {
    const form = await event.request.formData();
    const id = idOf(form);
    const fields = feedFieldsOf(form);
    const work = () => event.locals.api.calendar.update({ id, ...fields });
    return (await submitted(`update:${id}`, { name: fields.name }, work)) ?? { done: 'update' };
  },
  rotate: (event) => withFeed(event, 'rotate', (id) => event.locals.api.calendar.rotate({ id })),
  revoke: (event) => withFeed(event, 'revoke', (id) => event.locals.api.calendar.revoke({ id })),
  ...connectionActions,
  finish: (event) => {
    finishFirstRun(event);
    redirect(303, '/dashboard');
  },
};
