/** Sessions of browsers, for form actions: the same functions as everywhere, with a cookie set or forgotten. */
import type { RequestEvent } from '@sveltejs/kit';
import type { z } from 'zod';
import { ApiError } from '../errors.ts';
import type { twoFactorCode } from '../schemas/account-inputs.ts';
import type { login, registration } from '../schemas/inputs.ts';
import type { Registered } from '#domain/shapes/account.ts';
import { readPasswordHash } from '#db/queries/credentials.ts';
import { registerUser } from './accounts.ts';
import type { Caller } from './session.ts';
import { cookieIn } from './cookies.ts';
import { newPending, pendingCookie, pendingOf, pendingSeconds, provenBy } from './pending-sign-in.ts';
import type { Pending } from './pending-sign-in.ts';
import { deviceCookie, newDevice } from './known-devices.ts';
import { createSession, endSession, sessionCookie } from './sessions.ts';
import type { SignedIn } from './sessions.ts';
import { checkPassword } from './sign-in.ts';
import { assertSecondFactor } from './two-factor.ts';

type Event = Pick<RequestEvent, 'cookies' | 'url' | 'request' | 'getClientAddress' | 'locals'>;
type CookieEvent = Pick<Event, 'cookies' | 'url'>;

/** The server knows when a session ends; a browser keeps its cookie for as long as any may last. */
const longestSeconds = 90 * 24 * 60 * 60;
const yearSeconds = 365 * 24 * 60 * 60;

/** Signs in and sets the cookie. False where a code is still owed. Throws `ApiError`: `invalid_login`, `rate_limited`. */
export async function signInBrowser(event: Event, input: z.output<typeof login>): Promise<boolean> {
  const { services } = event.locals;
  const { twoFactor, ...proven } = await checkPassword(services, input, callerOf(event));
  if (!twoFactor) setSessionCookie(event, await createSession(services, proven, callerOf(event)));
  else {
    const pending = newPending(services.config.AUTH_SECRET, proven);
    event.cookies.set(pendingCookie, pending, { ...attributesOf(event), maxAge: pendingSeconds });
  }
  return !twoFactor;
}

/** Whether this browser owes a code. */
export function owesCode(event: Event): boolean {
  return pendingSignIn(event) !== null;
}

/** Signs in with the code that was owed. Throws `ApiError`: `invalid_code`, `invalid_login`, `rate_limited`. */
export async function signInWithCode(event: Event, { code }: z.output<typeof twoFactorCode>): Promise<void> {
  const { services } = event.locals;
  const pending = pendingSignIn(event);
  if (!pending) throw new ApiError('invalid_login', 'That took too long. Sign in once more.');
  const proven = provenBy(pending, await readPasswordHash(services.orm.em.fork(), pending.userId));
  if (!proven) {
    // The next look at the page leads to the sign-in.
    event.cookies.delete(pendingCookie, attributesOf(event));
    throw new ApiError('invalid_login', 'The password was changed. Sign in with the new one.');
  }
  await assertSecondFactor(services, proven.userId, code, event.getClientAddress());
  const signedIn = await createSession(services, proven, callerOf(event));
  event.cookies.delete(pendingCookie, attributesOf(event));
  setSessionCookie(event, signedIn);
}

function pendingSignIn({ request, locals }: Event): Pending | null {
  return pendingOf(locals.services.config.AUTH_SECRET, cookieIn(request.headers, pendingCookie));
}

/** Makes an account and signs in to it. Throws `ApiError`: `email_taken`, `rate_limited`. */
export async function registerBrowser(event: Event, input: z.output<typeof registration>): Promise<Registered> {
  const { services } = event.locals;
  const registered = await registerUser(services, input, event.getClientAddress());
  const passwordHash = (await readPasswordHash(services.orm.em.fork(), registered.id)) ?? '';
  setSessionCookie(event, await createSession(services, { userId: registered.id, passwordHash }, callerOf(event)));
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
