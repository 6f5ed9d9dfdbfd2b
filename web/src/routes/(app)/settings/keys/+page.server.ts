import { submitted, textsOf } from '#lib/server/pages/page.ts';
import type { ApiKeyScope, NewApiKeyView } from '#domain/shapes/account.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
  return { keys: await event.locals.api.apiKeys.list() };
};

/** The larger scopes hold the smaller ones, and `operate` stands alone. */
const scopesUpTo: Record<string, ApiKeyScope[]> = {
  read: ['read'],
  sync: ['read', 'sync'],
  manage: ['read', 'sync', 'manage'],
  operate: ['operate'],
};

export const actions: Actions = {
  create: async (event) => {
    const { name, scope, days } = await textsOf(event.request, 'name', 'scope', 'days');
    const scopes = scopesUpTo[scope] ?? [];
    const expiresInDays = days ? Number(days) : null;
    let made: NewApiKeyView | null = null;
    const refused = await submitted('create', { name }, async () => {
      made = await event.locals.api.apiKeys.create({ name, scopes, expiresInDays });
    });
    return refused ?? { done: 'create', made: made as NewApiKeyView | null };
  },
  revoke: async (event) => {
    const given = await textsOf(event.request, 'id');
    const refused = await submitted('revoke', {}, () => event.locals.api.apiKeys.revoke(given));
    return refused ?? { done: 'revoke' };
  },
};
