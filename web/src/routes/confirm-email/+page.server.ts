import { submitted, textsOf } from '#lib/server/pages/page.ts';
import type { Actions } from './$types';

export const actions: Actions = {
  default: async ({ request, locals }) => {
    const given = await textsOf(request, 'token');
    let email = '';
    const refused = await submitted('confirm', {}, async () => {
      ({ email } = await locals.api.account.confirmEmail(given));
    });
    return refused ?? { done: 'confirm', email };
  },
};
