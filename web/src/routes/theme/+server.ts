/** Remembers the theme for those whose page has no script, and goes back to where they were. */
import { redirect } from '@sveltejs/kit';
import { textsOf } from '#lib/server/pages/page.ts';
import { themeCookie, themeOf, themeSeconds } from '#lib/shell/theme.ts';
import type { RequestHandler } from './$types';

export const POST: RequestHandler = async ({ request, cookies, url }) => {
  const { theme, back } = await textsOf(request, 'theme', 'back');
  const secure = url.protocol === 'https:';
  // The page's script writes it as well.
  const options = { path: '/', httpOnly: false, sameSite: 'lax', secure, maxAge: themeSeconds } as const;
  cookies.set(themeCookie, themeOf(theme), options);
  redirect(303, /^\/(?![/\\])\S*$/.test(back) ? back : '/');
};
