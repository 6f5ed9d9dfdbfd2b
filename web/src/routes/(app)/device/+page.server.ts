import { submitted, textsOf } from '#lib/server/pages/page.ts';
import type { Actions, PageServerLoad } from './$types';

/** A code that a link brings is only filled in: its reader still has to look at the program, and say yes. */
export const load: PageServerLoad = ({ url }) => ({ code: (url.searchParams.get('code') ?? '').slice(0, 40) });

type Waiting = Awaited<ReturnType<App.Locals['api']['deviceLogins']['find']>>;

export const actions: Actions = {
  find: async (event) => {
    const { code } = await textsOf(event.request, 'code');
    let found: Waiting | null = null;
    const refused = await submitted('find', { code }, async () => {
      found = await event.locals.api.deviceLogins.find({ code });
    });
    return refused ?? { done: 'find', found: found as Waiting | null };
  },
  approve: async (event) => {
    const given = await textsOf(event.request, 'code');
    const refused = await submitted('find', given, () => event.locals.api.deviceLogins.approve(given));
    return refused ?? { done: 'approve' };
  },
  deny: async (event) => {
    const given = await textsOf(event.request, 'code');
    const refused = await submitted('find', given, () => event.locals.api.deviceLogins.deny(given));
    return refused ?? { done: 'deny' };
  },
};
