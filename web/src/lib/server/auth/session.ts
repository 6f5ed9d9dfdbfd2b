/** Who is behind a request: the session of its cookie or of its bearer token, or the holder of its API key. */
import { parseSetCookieHeader } from 'better-auth/cookies';
import { clientAddressHeader } from '../../../../edge/client-address.ts';
import type { ApiKeyScope } from '#lib/api-types.ts';
import type { Services } from '../services.ts';
import { isApiKey, sessionOfKey } from './api-keys.ts';

export interface SessionUser {
  id: string;
  email: string;
  /** ISO 8601. */
  createdAt: string;
}

export interface Session {
  /** Of the session, or of the API key. */
  id: string;
  user: SessionUser;
  /** A cookie is sent by the browser whoever asks it to, so changes made with one need a same-origin check. */
  via: 'cookie' | 'bearer' | 'api_key';
  /** What an API key may do. */
  scopes: 'all' | ApiKeyScope[];
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

const nobody: FoundSession = { session: null, cookies: [] };

/** Asks the database only where the request carries a token of ours. A token or a key outranks a cookie. */
export async function sessionOf({ auth, orm }: Pick<Services, 'auth' | 'orm'>, caller: Caller): Promise<FoundSession> {
  const key = apiKeyOf(caller.headers);
  if (key !== null) return { session: await sessionOfKey({ orm }, key), cookies: [] };
  const via = meansOf(caller.headers);
  if (!via) return nobody;
  const { response, headers } = await auth.api.getSession({ headers: authHeaders(caller, via), returnHeaders: true });
  const cookies = via === 'cookie' ? cookiesOf(headers) : [];
  if (!response) return { session: null, cookies };
  const { id, email, createdAt } = response.user;
  const user = { id, email, createdAt: new Date(createdAt).toISOString() };
  return { session: { id: response.session.id, user, via, scopes: 'all' }, cookies };
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
export function authHeaders({ headers, clientAddress }: Caller, via: 'cookie' | 'bearer' | 'none'): Headers {
  const kept = new Headers({ [clientAddressHeader]: clientAddress });
  const names = ['user-agent', ...(via === 'cookie' ? ['cookie'] : via === 'bearer' ? ['authorization'] : [])];
  for (const name of names) {
    const value = headers.get(name);
    if (value !== null) kept.set(name, value);
  }
  return kept;
}

function meansOf(headers: Headers): 'cookie' | 'bearer' | null {
  if (headers.has('authorization')) return 'bearer';
  return headers.get('cookie')?.includes('gibney-sync.') ? 'cookie' : null;
}

/** From `x-api-key`, or from `Authorization: Bearer` where it is one of our keys. */
function apiKeyOf(headers: Headers): string | null {
  const bearer = /^Bearer +(\S+) *$/i.exec(headers.get('authorization') ?? '')?.[1];
  if (bearer !== undefined && isApiKey(bearer)) return bearer;
  return headers.has('authorization') ? null : headers.get('x-api-key');
}
