/** Sessions of browsers, for form actions: the same functions as everywhere, with a cookie set or forgotten. */
import type { RequestEvent } from '@sveltejs/kit';
import type { z } from 'zod';
import type { login, registration } from '../schemas/inputs.ts';
import { registerUser } from './accounts.ts';
import type { Registered } from './accounts.ts';
import type { Caller } from './session.ts';
import { deviceCookie, newDevice } from './known-devices.ts';
import { createSession, endSession, sessionCookie } from './sessions.ts';
import type { SignedIn } from './sessions.ts';
import { signIn } from './sign-in.ts';

type Event = Pick<RequestEvent, 'cookies' | 'url' | 'request' | 'getClientAddress' | 'locals'>;
type CookieEvent = Pick<Event, 'cookies' | 'url'>;

/** The server knows when a session ends; a browser keeps its cookie for as long as any may last. */
const longestSeconds = 90 * 24 * 60 * 60;
const yearSeconds = 365 * 24 * 60 * 60;

/** Signs in and sets the cookie. Throws `ApiError`: `invalid_login`, `rate_limited`. */
export async function signInBrowser(event: Event, input: z.output<typeof login>): Promise<void> {
  setSessionCookie(event, await signIn(event.locals.services, input, callerOf(event)));
}

/** Makes an account and signs in to it. Throws `ApiError`: `email_taken`, `rate_limited`. */
export async function registerBrowser(event: Event, input: z.output<typeof registration>): Promise<Registered> {
  const { services } = event.locals;
  const registered = await registerUser(services, input, event.getClientAddress());
  setSessionCookie(event, await createSession(services, registered.id, callerOf(event)));
  return registered;
}

/** Ends this session; others of the user go on. */
export async function signOutBrowser(event: Event): Promise<void> {
  const { session, services } = event.locals;
  if (session) await endSession(services, session.user.id, session.id);
  forgetSessionCookie(event);
}

/** The device is known from now on. */
function setSessionCookie(event: Event, { token, userId }: SignedIn): void {
  const { AUTH_SECRET } = event.locals.services.config;
  event.cookies.set(sessionCookie, token, { ...attributesOf(event), maxAge: longestSeconds });
  event.cookies.set(deviceCookie, newDevice(AUTH_SECRET, userId), { ...attributesOf(event), maxAge: yearSeconds });
}

export function forgetSessionCookie(event: CookieEvent): void {
  event.cookies.delete(sessionCookie, attributesOf(event));
}

function callerOf(event: Event): Caller {
  return { headers: event.request.headers, clientAddress: event.getClientAddress() };
}

/** HttpOnly, Lax, and Secure wherever the page came over https. */
function attributesOf({ url }: CookieEvent) {
  return { path: '/', httpOnly: true, sameSite: 'lax', secure: url.protocol === 'https:' } as const;
}
