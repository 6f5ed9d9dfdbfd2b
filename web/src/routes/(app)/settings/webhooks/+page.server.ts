import { submitted } from '#lib/server/pages/page.ts';
import type { EventType } from '#domain/events.ts';
import type { NewWebhookView } from '#domain/shapes/webhooks.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
  return { webhooks: await event.locals.api.webhooks.list() };
};

export const actions: Actions = {
  create: async (event) => {
    const data = await event.request.formData();
    const text = (name: string) => {
      const value = data.get(name);
      return typeof value === 'string' ? value : '';
    };
    const [url, description] = [text('url'), text('description')];
    const events = data.getAll('events') as EventType[];
    let made: NewWebhookView | null = null;
    const refused = await submitted('create', { url, description }, async () => {
      made = await event.locals.api.webhooks.create({ url, description, events });
    });
    return refused ?? { done: 'create', made: made as NewWebhookView | null };
  },
};
