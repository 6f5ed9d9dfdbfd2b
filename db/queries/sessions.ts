/** Sessions of the sign-in library, for their owner's eyes. Its tables have column names of their own. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { affected, isUuid, rows, sql, withTimes, type AsRead } from '../sql.ts';

export interface SessionRow {
  id: string;
  ipAddress: string | null;
  userAgent: string | null;
  createdAt: Date;
  lastUsedAt: Date;
  expiresAt: Date;
}

/** Those that are not over, last used first. */
export async function listSessions(em: EntityManager, userId: string): Promise<SessionRow[]> {
  const found = await rows<AsRead<SessionRow>>(
    em,
    sql`select id, "ipAddress", "userAgent", "createdAt", "updatedAt" as "lastUsedAt", "expiresAt"
        from auth.session where "userId" = ${userId} and "expiresAt" > now() order by "updatedAt" desc, id limit 200`,
  );
  return found.map((row) => withTimes<SessionRow>(row, 'createdAt', 'lastUsedAt', 'expiresAt'));
}

/** False where the user has no such session. */
export async function deleteSession(em: EntityManager, userId: string, id: string): Promise<boolean> {
  if (!isUuid(id)) return false;
  return (await affected(em, sql`delete from auth.session where id = ${id} and "userId" = ${userId}`)) > 0;
}

/** How many ended. @param except a session that goes on; null: none does */
export function deleteSessions(em: EntityManager, userId: string, except: string | null): Promise<number> {
  return affected(em, sql`delete from auth.session where "userId" = ${userId} and id is distinct from ${except}::uuid`);
}

/** Which of these sessions and keys are still valid. */
export async function stillValid(em: EntityManager, ids: string[]): Promise<Set<string>> {
  const found = await rows<{ id: string }>(
    em,
    sql`select id from auth.session where id = any(${ids}::uuid[]) and "expiresAt" > now()
        union all
        select id from auth.api_keys where id = any(${ids}::uuid[]) and (expires_at is null or expires_at > now())`,
  );
  return new Set(found.map(({ id }) => id));
}
