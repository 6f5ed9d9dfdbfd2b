/** Where users are signed in. A session ends after 30 days without use, and 90 days after it began in any case. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import { anyOf, kysely, now, type Row } from '../kysely.ts';
import { lockPasswordHolder } from './credentials.ts';
import { isUuid } from '#domain/ids.ts';
import { deleteDevicesOf } from './push-devices.ts';
import { lockUser } from './users.ts';

const sessionColumns = ['id', 'ipAddress', 'userAgent', 'createdAt', 'lastUsedAt', 'expiresAt'] as const;
export type SessionRow = Pick<Row<'auth.sessions'>, (typeof sessionColumns)[number]>;

const endAfterUse = sql<Date>`least(now() + interval '30 days', created_at + interval '90 days')`;

/** Null where the password that was checked is no longer the user's: whoever changes it ends the sessions that there are, and no other comes of it. */
export function insertSession(
  em: EntityManager,
  session: Pick<Row<'auth.sessions'>, 'userId' | 'tokenHash' | 'ipAddress' | 'userAgent'>,
  passwordHash: string,
): Promise<{ id: string; expiresAt: Date } | null> {
  return em.transactional(async (tx) => {
    if (!(await lockPasswordHolder(tx, { userId: session.userId, passwordHash }))) return null;
    return kysely(tx)
      .insertInto('auth.sessions')
      .values({ ...session, expiresAt: sql<Date>`now() + interval '30 days'` })
      .returning(['id', 'expiresAt'])
      .executeTakeFirstOrThrow();
  });
}

/** Whose session or key this is, and until when it counts. */
export interface TokenHolder {
  id: string;
  expiresAt: Date | null;
  userId: string;
  email: string;
  createdAt: Date;
  isOperator: boolean;
}

const isOperator = sql<boolean>`exists (select from auth.operators where operators.user_id = users.id)`;

/** Of `found` and its `users`. */
export const holderColumns = [
  ...(['found.id', 'found.expiresAt', 'users.id as userId', 'users.email', 'users.createdAt'] as const),
  isOperator.as('isOperator'),
] as const;

/** Whose session this is, if it is one; notes its use once an hour. One statement. */
export async function useSession(em: EntityManager, tokenHash: string): Promise<TokenHolder | null> {
  const holder = await kysely(em)
    .with('found', (db) =>
      db
        .selectFrom('auth.sessions')
        .select(['id', 'userId', 'lastUsedAt', 'expiresAt'])
        .where('tokenHash', '=', tokenHash)
        .where('expiresAt', '>', now),
    )
    .with('noted', (db) =>
      db
        .updateTable('auth.sessions as session')
        .from('found')
        .set({ lastUsedAt: now, expiresAt: endAfterUse })
        .whereRef('session.id', '=', 'found.id')
        .where('found.lastUsedAt', '<', sql<Date>`now() - interval '1 hour'`),
    )
    .selectFrom('found')
    .innerJoin('users', 'users.id', 'found.userId')
    .select(holderColumns)
    .executeTakeFirst();
  return holder ?? null;
}

/** Those that are not over, last used first. */
export function listSessions(em: EntityManager, userId: string): Promise<SessionRow[]> {
  return kysely(em)
    .selectFrom('auth.sessions')
    .select(sessionColumns)
    .where('userId', '=', userId)
    .where('expiresAt', '>', now)
    .orderBy('lastUsedAt', 'desc')
    .orderBy('id')
    .limit(200)
    .execute();
}

/** With the device that it turned on. False where the user has no such session. */
export async function deleteSession(em: EntityManager, userId: string, id: string): Promise<boolean> {
  if (!isUuid(id)) return false;
  return em.transactional(async (tx) => {
    await lockUser(tx, userId);
    await deleteDevicesOf(tx, userId, { session: id });
    const { numDeletedRows } = await kysely(tx)
      .deleteFrom('auth.sessions')
      .where('id', '=', id)
      .where('userId', '=', userId)
      .executeTakeFirst();
    return numDeletedRows > 0n;
  });
}

/** With all devices but its own. Returns how many ended. @param except a session that goes on; null: none does */
export async function deleteSessions(em: EntityManager, userId: string, except: string | null): Promise<number> {
  return em.transactional(async (tx) => {
    await lockUser(tx, userId);
    await deleteDevicesOf(tx, userId, { allBut: except });
    const { numDeletedRows } = await kysely(tx)
      .deleteFrom('auth.sessions')
      .where('userId', '=', userId)
      .where('id', 'is distinct from', except)
      .executeTakeFirst();
    return Number(numDeletedRows);
  });
}

/** Which of these sessions and keys still count. */
export async function stillValid(em: EntityManager, ids: string[]): Promise<Set<string>> {
  const found = await kysely(em)
    .selectFrom('auth.sessions')
    .select('id')
    .where('id', '=', anyOf(ids))
    .where('expiresAt', '>', now)
    .unionAll((db) =>
      db
        .selectFrom('auth.api_keys')
        .select('id')
        .where('id', '=', anyOf(ids))
        .where((eb) => eb.or([eb('expiresAt', 'is', null), eb('expiresAt', '>', now)])),
    )
    .execute();
  return new Set(found.map(({ id }) => id));
}
