/** The first steps of a new account: shown from registration until the visitor is through, by a cookie. */
import type { RequestEvent } from '@sveltejs/kit';

const cookie = 'first-run';
const days = 14;

type Event = Pick<RequestEvent, 'cookies' | 'url'>;

export function beginFirstRun({ cookies, url }: Event): void {
  const secure = url.protocol === 'https:';
  cookies.set(cookie, '1', { path: '/', httpOnly: true, sameSite: 'lax', secure, maxAge: days * 24 * 60 * 60 });
}

export function firstRunOf({ cookies }: Pick<Event, 'cookies'>): boolean {
  return cookies.get(cookie) !== undefined;
}

export function finishFirstRun({ cookies }: Pick<Event, 'cookies'>): void {
  cookies.delete(cookie, { path: '/' });
}
