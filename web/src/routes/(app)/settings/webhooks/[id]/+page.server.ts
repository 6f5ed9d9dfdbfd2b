import { redirect } from '@sveltejs/kit';
import { loaded, submitted, textsOf } from '#lib/server/pages/page.ts';
import type { EventType } from '#domain/events.ts';
import type { NewWebhookView } from '#domain/shapes/webhooks.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
  const { id } = event.params;
  const cursor = event.url.searchParams.get('cursor');
  const { webhooks } = event.locals.api;
  const [webhook, log] = await loaded(
    Promise.all([webhooks.get({ id }), webhooks.deliveries({ id, limit: 20, cursor })]),
  );
  return { webhook, ...log };
};

const dayMs = 24 * 60 * 60_000;

export const actions: Actions = {
  events: async (event) => {
    const { id } = event.params;
    const events = (await event.request.formData()).getAll('events') as EventType[];
    const refused = await submitted('events', {}, () => event.locals.api.webhooks.update({ id, events }));
    return refused ?? { done: 'events' };
  },
  turn: async (event) => {
    const { id } = event.params;
    const { on } = await textsOf(event.request, 'on');
    const refused = await submitted('turn', {}, () => event.locals.api.webhooks.update({ id, enabled: on === '1' }));
    return refused ?? { done: 'turn' };
  },
  test: async (event) => {
    const { id } = event.params;
    const refused = await submitted('test', {}, () => event.locals.api.webhooks.test({ id }));
    return refused ?? { done: 'test' };
  },
  rotate: async (event) => {
    const { id } = event.params;
    // So that loading the page again makes no other one.
    const { publicKey } = await textsOf(event.request, 'publicKey');
    let made: NewWebhookView | null = null;
    const refused = await submitted('rotate', {}, async () => {
      made = await event.locals.api.webhooks.rotate({ id, publicKey });
    });
    return refused ?? { done: 'rotate', made: made as NewWebhookView | null };
  },
  replay: async (event) => {
    const { id } = event.params;
    const { deliveryId } = await textsOf(event.request, 'deliveryId');
    const refused = await submitted('replay', {}, () => event.locals.api.webhooks.replay({ id, deliveryId }));
    return refused ?? { done: 'replay' };
  },
  recover: async (event) => {
    const { id } = event.params;
    const { days, delivered } = await textsOf(event.request, 'days', 'delivered');
    const since = new Date(Date.now() - (Number(days) || 1) * dayMs).toISOString();
    const refused = await submitted('recover', {}, () =>
      event.locals.api.webhooks.recover({ id, since, includeDelivered: delivered !== '' }),
    );
    return refused ?? { done: 'recover' };
  },
  remove: async (event) => {
    const { id } = event.params;
    const refused = await submitted('remove', {}, () => event.locals.api.webhooks.remove({ id }));
    return refused ?? redirect(303, '/settings/webhooks');
  },
};
