import { redirect } from '@sveltejs/kit';
import { signInBrowser } from '#lib/server/auth/browser-session.ts';
import { offeredLogin } from '#lib/server/demo.ts';
import { safeTarget, submitted, textsOf } from '#lib/server/pages/page.ts';
import { login } from '#lib/server/schemas/inputs.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = ({ locals, url }) => {
  if (locals.session) redirect(303, safeTarget(url.searchParams.get('to')));
  const newPassword = url.searchParams.has('new-password');
  const ended = url.searchParams.has('ended');
  return { ended, demoLogin: offeredLogin(locals.services.config, newPassword), newPassword };
};

export const actions: Actions = {
  default: async (event) => {
    const given = await textsOf(event.request, 'email', 'password');
    let isDone = false;
    const refused = await submitted('sign-in', { email: given.email }, async () => {
      isDone = await signInBrowser(event, login.parse(given));
    });
    if (refused) return refused;
    const target = safeTarget(event.url.searchParams.get('to'));
    redirect(303, isDone ? target : `/sign-in/code?to=${encodeURIComponent(target)}`);
  },
};
