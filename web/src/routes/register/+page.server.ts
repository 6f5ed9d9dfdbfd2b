import { redirect } from '@sveltejs/kit';
import { registerBrowser } from '#lib/server/auth/browser-session.ts';
import { beginFirstRun } from '#lib/server/pages/first-run.ts';
import { submitted, textsOf } from '#lib/server/pages/page.ts';
import { registration } from '#lib/server/schemas/inputs.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = ({ locals }) => {
  if (locals.session) redirect(303, '/dashboard');
};

export const actions: Actions = {
  default: async (event) => {
    const given = await textsOf(event.request, 'email', 'password');
    const refused = await submitted('register', { email: given.email }, async () =>
      registerBrowser(event, registration.parse(given)),
    );
    if (refused) return refused;
    beginFirstRun(event);
    redirect(303, '/dashboard');
  },
};
