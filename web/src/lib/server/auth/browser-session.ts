/** Sessions of browsers, for form actions: the same functions as everywhere, with a cookie set or forgotten. */
import type { RequestEvent } from '@sveltejs/kit';
import type { z } from 'zod';
import type { login, registration } from '../schemas/inputs.ts';
import { registerUser, signIn } from './accounts.ts';
import type { Registered } from './accounts.ts';
import { endSession } from './session.ts';
import type { Caller, SessionCookie } from './session.ts';

type Event = Pick<RequestEvent, 'cookies' | 'url' | 'request' | 'getClientAddress' | 'locals'>;

/** Signs in and sets the cookie. Throws `ApiError`: `invalid_login`, `rate_limited`. */
export async function signInBrowser(event: Event, input: z.output<typeof login>): Promise<void> {
  const { cookies } = await signIn(event.locals.services, input, callerOf(event));
  applySessionCookies(event, cookies);
}

/** Makes an account and signs in to it. Throws `ApiError`: `email_taken`, `rate_limited`. */
export async function registerBrowser(event: Event, input: z.output<typeof registration>): Promise<Registered> {
  const registered = await registerUser(event.locals.services, input, event.getClientAddress());
  await signInBrowser(event, input);
  return registered;
}

/** Ends this session; others of the user go on. */
export async function signOutBrowser(event: Event): Promise<void> {
  applySessionCookies(event, await endSession(event.locals.services, callerOf(event)));
}

/** HttpOnly, Lax, and Secure wherever the page came over https. */
export function applySessionCookies({ cookies, url }: Pick<Event, 'cookies' | 'url'>, set: SessionCookie[]): void {
  const options = { path: '/', httpOnly: true, sameSite: 'lax', secure: url.protocol === 'https:' } as const;
  for (const { name, value, maxAgeSeconds } of set) {
    if (value === '' || maxAgeSeconds <= 0) cookies.delete(name, options);
    else cookies.set(name, value, { ...options, maxAge: maxAgeSeconds });
  }
}

function callerOf(event: Event): Caller {
  return { headers: event.request.headers, clientAddress: event.getClientAddress() };
}
