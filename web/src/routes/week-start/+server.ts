/** Remembers on which day the visitor's weeks begin, and goes back to where they were. */
import { redirect } from '@sveltejs/kit';
import { safeTarget, textsOf } from '#lib/server/pages/page.ts';
import { weekStartCookie, weekStartOf } from '#lib/time/week-start.ts';
import type { RequestHandler } from './$types';

const aYear = 365 * 24 * 60 * 60;

export const POST: RequestHandler = async ({ request, cookies, url }) => {
  const { day, back } = await textsOf(request, 'day', 'back');
  const secure = url.protocol === 'https:';
  cookies.set(weekStartCookie, String(weekStartOf(day, null)), { path: '/', sameSite: 'lax', secure, maxAge: aYear });
  redirect(303, safeTarget(back));
};
