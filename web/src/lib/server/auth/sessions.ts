/** Sessions: where a user is signed in. */
import type { Proven } from '#db/queries/credentials.ts';
import * as queries from '#db/queries/sessions.ts';
import { ApiError, notFound } from '../errors.ts';
import type { Services } from '../services.ts';
import { deviceName } from './device-name.ts';
import type { Caller, Session } from './session.ts';
import { newToken, sign } from './tokens.ts';

export const sessionCookie = 'gibney-sync.session_token';

type Needed = Pick<Services, 'orm' | 'sessionCache'>;

export interface SignedIn {
  userId: string;
  /** For `Authorization: Bearer`, or as the value of a browser's cookie. */
  token: string;
  expiresInSeconds: number;
}

/** Throws `invalid_login` where that password was replaced meanwhile. */
export async function createSession(
  { orm, config }: Pick<Services, 'orm' | 'config'>,
  { userId, passwordHash }: Proven,
  { headers, clientAddress }: Caller,
): Promise<SignedIn> {
  const { token, tokenHash } = newToken();
  const session = { userId, tokenHash, ipAddress: clientAddress, userAgent: headers.get('user-agent') };
  const inserted = await queries.insertSession(orm.em.fork(), session, passwordHash);
  if (!inserted) throw wrongLogin();
  const { expiresAt } = inserted;
  const expiresInSeconds = Math.round((expiresAt.getTime() - Date.now()) / 1000);
  return { userId, token: sign(config.AUTH_SECRET, token), expiresInSeconds };
}

export function wrongLogin(): ApiError {
  return new ApiError('invalid_login', 'E-mail or password is wrong.');
}

/** Last used first. */
export async function listSessions({ orm }: Pick<Services, 'orm'>, { id, user }: Pick<Session, 'id' | 'user'>) {
  const found = await queries.listSessions(orm.em.fork(), user.id);
  return found.map((row) => ({ ...row, current: row.id === id, device: deviceName(row.userAgent) }));
}

/** Whoever uses it is signed out, and what it has open ends. False where the user has no such session. */
export async function endSession({ orm, sessionCache }: Needed, userId: string, id: string): Promise<boolean> {
  const ended = await queries.deleteSession(orm.em.fork(), userId, id);
  sessionCache.forget(id);
  return ended;
}

/** The same. Throws `not_found`. */
export async function revokeSession(services: Needed, userId: string, id: string): Promise<void> {
  if (!(await endSession(services, userId, id))) throw notFound('session', id);
}

export async function revokeOtherSessions(
  { orm, sessionCache }: Needed,
  { id, user }: Session,
): Promise<{ revoked: number }> {
  const revoked = await queries.deleteSessions(orm.em.fork(), user.id, id);
  sessionCache.forget(user.id);
  return { revoked };
}
