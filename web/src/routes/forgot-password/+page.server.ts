import { submitted, textsOf } from '#lib/server/pages/page.ts';
import type { Actions } from './$types';

export const actions: Actions = {
  default: async ({ request, locals }) => {
    const given = await textsOf(request, 'email');
    const refused = await submitted('forgot', given, () => locals.api.account.requestPasswordReset(given));
    return refused ?? { done: 'forgot' };
  },
};
