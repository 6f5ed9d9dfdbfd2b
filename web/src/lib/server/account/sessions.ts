/** Where a user is signed in. */
import * as queries from '#db/queries/sessions.ts';
import type { SessionRow } from '#db/queries/sessions.ts';
import type { SessionView } from '#lib/api-types.ts';
import type { Session } from '../auth/session.ts';
import { notFound } from '../errors.ts';
import type { Services } from '../services.ts';
import { deviceName } from './device-name.ts';

type Needed = Pick<Services, 'orm'>;

/** Last used first. */
export async function listSessions(
  { orm }: Needed,
  { id, user }: Pick<Session, 'id' | 'user'>,
): Promise<SessionView[]> {
  const found = await queries.listSessions(orm.em.fork(), user.id);
  return found.map((row) => viewOf(row, row.id === id));
}

/** Whoever uses it is signed out, and what it has open ends. Throws `not_found`. */
export async function revokeSession({ orm }: Needed, userId: string, id: string): Promise<void> {
  if (!(await queries.deleteSession(orm.em.fork(), userId, id))) throw notFound('session', id);
}

export async function revokeOtherSessions({ orm }: Needed, { id, user }: Session): Promise<{ revoked: number }> {
  return { revoked: await queries.deleteSessions(orm.em.fork(), user.id, id) };
}

function viewOf({ createdAt, lastUsedAt, expiresAt, ...row }: SessionRow, current: boolean): SessionView {
  return {
    ...row,
    current,
    device: deviceName(row.userAgent),
    createdAt: createdAt.toISOString(),
    lastUsedAt: lastUsedAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
  };
}
