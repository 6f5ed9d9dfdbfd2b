import { redirect } from '@sveltejs/kit';
import { signInPath } from '#lib/account/sign-in-path.ts';
import { owesCode, signInWithCode } from '#lib/server/auth/browser-session.ts';
import { safeTarget, submitted, textsOf } from '#lib/server/pages/page.ts';
import { twoFactorCode } from '#lib/server/schemas/account-inputs.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = (event) => {
  const to = event.url.searchParams.get('to');
  if (event.locals.session) redirect(303, safeTarget(to));
  const signIn = to ? signInPath(safeTarget(to), false) : '/sign-in';
  if (!owesCode(event)) redirect(303, signIn);
  return { signIn };
};

export const actions: Actions = {
  default: async (event) => {
    const given = await textsOf(event.request, 'code');
    const refused = await submitted('code', {}, async () => signInWithCode(event, twoFactorCode.parse(given)));
    if (refused) return refused;
    redirect(303, safeTarget(event.url.searchParams.get('to')));
  },
};
