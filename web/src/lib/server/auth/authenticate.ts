/** Who is behind a request: by the session of its cookie or its bearer token, or by its API key. */
import { randomUUID } from 'node:crypto';
import { requestIdHeader } from '../../../../edge/request-id.ts';
import type { RequestHeaders } from '../http/exchange.ts';
import { useApiKey } from '#db/queries/api-keys.ts';
import { useSession } from '#db/queries/sessions.ts';
import type { TokenHolder } from '#db/queries/sessions.ts';
import type { Services } from '../services.ts';
import { isApiKey } from './api-keys.ts';
import { cookieIn, decoded } from './cookies.ts';
import type { FoundSession } from './session-cache.ts';
import { sessionCookie } from './sessions.ts';
import type { Session } from './session.ts';
import { hashOfToken, unsign } from './tokens.ts';

type Needed = Pick<Services, 'orm' | 'config' | 'sessionCache'>;

interface Credential {
  via: Session['via'];
  token: string;
}

/** Null where the request carries nothing of ours that still counts. */
export async function authenticate(
  { orm, config, sessionCache }: Needed,
  headers: RequestHeaders,
): Promise<Session | null> {
  const credential = credentialOf(headers);
  if (!credential) return null;
  const { via, token } = credential;
  // A key is none as a cookie, nor a session's token as a key, so each is remembered as what it came as.
  const known = await sessionCache.find(`${via} ${token}`, async () => {
    if (via === 'api_key') {
      const holder = await useApiKey(orm.em.fork(), hashOfToken(token));
      return found(holder, holder?.scopes ?? []);
    }
    const unsigned = unsign(config.AUTH_SECRET, token);
    return unsigned === null ? null : found(await useSession(orm.em.fork(), hashOfToken(unsigned)), 'all');
  });
  return known && { ...known, via, requestId: headers.get(requestIdHeader) ?? randomUUID() };
}

function found(holder: TokenHolder | null, scopes: Session['scopes']): FoundSession | null {
  if (!holder) return null;
  const { id, userId, email, createdAt, expiresAt, isOperator } = holder;
  return { id, user: { id: userId, email, createdAt }, scopes, expiresAt, isOperator };
}

/** A token or a key outranks a cookie, and a token that is wrong is not replaced by one that is right. */
export function credentialOf(headers: RequestHeaders): Credential | null {
  const authorization = headers.get('authorization');
  if (authorization !== null) {
    const token = decoded(/^Bearer +(\S+) *$/i.exec(authorization)?.[1] ?? '');
    return token === '' ? null : { via: isApiKey(token) ? 'api_key' : 'bearer', token };
  }
  const key = headers.get('x-api-key');
  if (key !== null) return isApiKey(key) ? { via: 'api_key', token: key } : null;
  const token = cookieIn(headers, sessionCookie);
  return token ? { via: 'cookie', token } : null;
}
