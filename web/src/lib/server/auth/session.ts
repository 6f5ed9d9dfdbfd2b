/** Who is behind a request: the session of its cookie or of its bearer token. */
import { parseSetCookieHeader } from 'better-auth/cookies';
import { clientAddressHeader } from '../../../../edge/client-address.ts';
import type { Services } from '../services.ts';

export interface SessionUser {
  id: string;
  email: string;
  /** ISO 8601. */
  createdAt: string;
}

export interface Session {
  id: string;
  user: SessionUser;
  /** A cookie is sent by the browser whoever asks it to, so changes made with one need a same-origin check. */
  via: 'cookie' | 'bearer';
}

/** What the library wants of a request. */
export interface Caller {
  headers: Headers;
  clientAddress: string;
}

export interface SessionCookie {
  name: string;
  value: string;
  maxAgeSeconds: number;
}

export interface FoundSession {
  session: Session | null;
  /** Cookies to set: a session that was prolonged, or one to forget. */
  cookies: SessionCookie[];
}

/** Asks the database only where the request carries a token of ours. A bearer token outranks a cookie. */
export async function sessionOf({ auth }: Pick<Services, 'auth'>, caller: Caller): Promise<FoundSession> {
  const via = meansOf(caller.headers);
  if (!via) return { session: null, cookies: [] };
  const { response, headers } = await auth.api.getSession({ headers: authHeaders(caller, via), returnHeaders: true });
  const cookies = via === 'cookie' ? cookiesOf(headers) : [];
  if (!response) return { session: null, cookies };
  const { id, email, createdAt } = response.user;
  const user = { id, email, createdAt: new Date(createdAt).toISOString() };
  return { session: { id: response.session.id, user, via }, cookies };
}

/** Ends the session that a request carries. */
export async function endSession({ auth }: Pick<Services, 'auth'>, caller: Caller): Promise<SessionCookie[]> {
  const via = meansOf(caller.headers);
  if (!via) return [];
  const { headers } = await auth.api.signOut({ headers: authHeaders(caller, via), returnHeaders: true });
  return cookiesOf(headers);
}

export function cookiesOf(headers: Headers | null | undefined): SessionCookie[] {
  return [...parseSetCookieHeader(headers?.get('set-cookie') ?? '')].map(([name, cookie]) => ({
    name,
    value: cookie.value,
    maxAgeSeconds: cookie['max-age'] ?? 0,
  }));
}

/** The headers that the library reads, and no others: with a bearer token no cookie counts. */
export function authHeaders({ headers, clientAddress }: Caller, via: Session['via'] | 'none'): Headers {
  const kept = new Headers({ [clientAddressHeader]: clientAddress });
  const names = ['user-agent', ...(via === 'cookie' ? ['cookie'] : via === 'bearer' ? ['authorization'] : [])];
  for (const name of names) {
    const value = headers.get(name);
    if (value !== null) kept.set(name, value);
  }
  return kept;
}

function meansOf(headers: Headers): Session['via'] | null {
  if (headers.has('authorization')) return 'bearer';
  return headers.get('cookie')?.includes('gibney-sync.') ? 'cookie' : null;
}
