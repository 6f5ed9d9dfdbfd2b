/** API keys. The key itself is never stored, only its hash. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import { kysely, now, type Row } from '../kysely.ts';
import { isUuid } from '#domain/ids.ts';
import { writeAuditEntries } from './audit.ts';
import { holderColumns, type TokenHolder } from './sessions.ts';
import { lockUserAlone } from './users.ts';

const keyColumns = ['id', 'name', 'start', 'scopes', 'createdAt', 'lastUsedAt', 'expiresAt'] as const;
export type ApiKeyRow = Pick<Row<'auth.api_keys'>, (typeof keyColumns)[number]>;

/** Newest first. */
export function listApiKeys(em: EntityManager, userId: string): Promise<ApiKeyRow[]> {
  return kysely(em)
    .selectFrom('auth.api_keys')
    .select(keyColumns)
    .where('userId', '=', userId)
    .orderBy('createdAt', 'desc')
    .orderBy('id')
    .execute();
}

export type NewApiKey = Pick<Row<'auth.api_keys'>, 'userId' | 'name' | 'start' | 'keyHash' | 'scopes' | 'expiresAt'>;

/**
 * Null, and nothing stored, where the user already has `most` keys. Simultaneous calls wait for one another. `alongside` is part of
 * the transaction, and stops it where it throws.
 */
export function insertApiKey(
  em: EntityManager,
  key: NewApiKey,
  most: number,
  alongside?: (tx: EntityManager) => Promise<void>,
): Promise<ApiKeyRow | null> {
  const { userId } = key;
  return em.transactional(async (tx) => {
    const db = kysely(tx);
    await lockUserAlone(tx, userId);
    const { count } = await db
      .selectFrom('auth.api_keys')
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .where('userId', '=', userId)
      .executeTakeFirstOrThrow();
    if (count >= most) return null;
    const made = await db.insertInto('auth.api_keys').values(key).returning(keyColumns).executeTakeFirstOrThrow();
    await noteOperating(tx, 'api_key.create', userId, made);
    await alongside?.(tx);
    return made;
  });
}

/** False where the user has no such key. */
export async function deleteApiKey(em: EntityManager, userId: string, id: string): Promise<boolean> {
  if (!isUuid(id)) return false;
  return em.transactional(async (tx) => {
    const deleted = await kysely(tx)
      .deleteFrom('auth.api_keys')
      .where('id', '=', id)
      .where('userId', '=', userId)
      .returning(keyColumns)
      .executeTakeFirst();
    if (deleted) await noteOperating(tx, 'api_key.revoke', userId, deleted);
    return deleted !== undefined;
  });
}

/** Who could act for all users, and since when, is asked after the key is gone. */
async function noteOperating(
  tx: EntityManager,
  action: string,
  userId: string,
  { name, start, scopes }: ApiKeyRow,
): Promise<void> {
  if (!scopes.includes('operate')) return;
  const entry = { actor: 'operator', actorId: userId, action, outcome: 'ok', reason: `${name} (${start}…)` } as const;
  await writeAuditEntries(tx, [entry]);
}

/** Whose key this is, if it is one and not expired; notes its use once a minute. One statement. */
export async function useApiKey(
  em: EntityManager,
  keyHash: string,
): Promise<(TokenHolder & Pick<ApiKeyRow, 'scopes'>) | null> {
  const holder = await kysely(em)
    .with('found', (db) =>
      db
        .selectFrom('auth.api_keys')
        .select(['id', 'userId', 'scopes', 'lastUsedAt', 'expiresAt'])
        .where('keyHash', '=', keyHash)
        .where((eb) => eb.or([eb('expiresAt', 'is', null), eb('expiresAt', '>', now)])),
    )
    .with('noted', (db) =>
      db
        .updateTable('auth.api_keys as key')
        .from('found')
        .set({ lastUsedAt: now })
        .whereRef('key.id', '=', 'found.id')
        .where(sql<boolean>`coalesce(found.last_used_at < now() - interval '1 minute', true)`),
    )
    .selectFrom('found')
    .innerJoin('users', 'users.id', 'found.userId')
    .select(holderColumns)
    .select('found.scopes')
    .executeTakeFirst();
  return holder ?? null;
}
