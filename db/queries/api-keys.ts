/** API keys. The key itself is never stored, only its hash. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { affected, firstRow, isUuid, rows, sql, withTimes, type AsRead } from '../sql.ts';

export interface ApiKeyRow {
  id: string;
  name: string;
  start: string;
  scopes: string[];
  createdAt: Date;
  lastUsedAt: Date | null;
  expiresAt: Date | null;
}

const columns = sql`id, name, start, scopes, created_at as "createdAt", last_used_at as "lastUsedAt",
  expires_at as "expiresAt"`;
const times = ['createdAt', 'lastUsedAt', 'expiresAt'] as const;

/** Newest first. */
export async function listApiKeys(em: EntityManager, userId: string): Promise<ApiKeyRow[]> {
  const found = await rows<AsRead<ApiKeyRow>>(
    em,
    sql`select ${columns} from auth.api_keys where user_id = ${userId} order by created_at desc, id`,
  );
  return found.map((row) => withTimes<ApiKeyRow>(row, ...times));
}

export interface NewApiKey {
  userId: string;
  name: string;
  start: string;
  keyHash: string;
  scopes: string[];
  expiresAt: Date | null;
  /** The user has no more than this many. */
  most: number;
}

/** Null, and nothing stored, where the user has as many as allowed. Simultaneous calls wait for one another. */
export function insertApiKey(em: EntityManager, key: NewApiKey): Promise<ApiKeyRow | null> {
  const { userId, name, start, keyHash, scopes, expiresAt, most } = key;
  return em.transactional(async (tx) => {
    await firstRow(tx, sql`select 1 from users where id = ${userId} for no key update`);
    const made = await firstRow<AsRead<ApiKeyRow>>(
      tx,
      sql`insert into auth.api_keys (user_id, name, start, key_hash, scopes, expires_at)
          select ${userId}::uuid, ${name}, ${start}, ${keyHash}, ${scopes}::text[], ${expiresAt}::timestamptz
          where (select count(*) from auth.api_keys where user_id = ${userId}) < ${most}
          returning ${columns}`,
    );
    return made && withTimes<ApiKeyRow>(made, ...times);
  });
}

/** False where the user has no such key. */
export async function deleteApiKey(em: EntityManager, userId: string, id: string): Promise<boolean> {
  if (!isUuid(id)) return false;
  return (await affected(em, sql`delete from auth.api_keys where id = ${id} and user_id = ${userId}`)) > 0;
}

export interface KeyHolder {
  keyId: string;
  scopes: string[];
  userId: string;
  email: string;
  createdAt: Date;
}

/** Whose key this is, if it is one and not expired; notes its use once a minute. One statement. */
export async function useApiKey(em: EntityManager, keyHash: string): Promise<KeyHolder | null> {
  const found = await firstRow<AsRead<KeyHolder>>(
    em,
    sql`with key as (
          select id, user_id, scopes from auth.api_keys
          where key_hash = ${keyHash} and (expires_at is null or expires_at > now())
        ), used as (
          update auth.api_keys set last_used_at = now() from key
          where api_keys.id = key.id
            and (api_keys.last_used_at is null or api_keys.last_used_at < now() - interval '1 minute')
        )
        select key.id as "keyId", key.scopes, u.id as "userId", u.email, u.created_at as "createdAt"
        from key join users u on u.id = key.user_id`,
  );
  return found && withTimes<KeyHolder>(found, 'createdAt');
}
