/** Whose sync or end of a pause is overdue, read through indexes that hold few others. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import { activeStatuses } from '#domain/sync-states.ts';
import { kysely } from '../kysely.ts';

/** A sync that is due begins within seconds where there is a worker. */
const overdueAfter = sql`interval '2 minutes'`;

/** A sync that runs or waits for a browser is no reason to look closer, unless it does so for longer than most take. */
const usualSync = sql`interval '5 minutes'`;

export interface OverdueSync {
  userId: string;
  /** The place in the order, for the next page. */
  dueAt: string;
}

export function listOverdue(em: EntityManager, after: OverdueSync | null, limit: number): Promise<OverdueSync[]> {
  return overdueSyncs(em, after, limit).execute();
}

/**
 * Users who are connected and not paused and whose sync should have begun by now, or who have no next sync at all; the
 * longest overdue first, `limit` at a time.
 */
export function overdueSyncs(em: EntityManager, after: OverdueSync | null, limit: number) {
  const dueAt = sql<string>`coalesce(a.next_sync_at, '-infinity'::timestamptz)`;
  return kysely(em)
    .selectFrom('portal_accounts as a')
    .select(['a.userId', sql<string>`${dueAt}::text`.as('dueAt')])
    .where('a.state', '=', 'connected')
    .where('a.pausedReason', 'is', null)
    .where(dueAt, '<', sql<string>`now() - ${overdueAfter}`)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('sync_jobs as j')
            .select('j.id')
            .whereRef('j.userId', '=', 'a.userId')
            .where('j.status', 'in', activeStatuses)
            .where('j.createdAt', '>', sql<Date>`now() - ${usualSync}`),
        ),
      ),
    )
    .$if(after !== null, (query) =>
      query.where(sql<boolean>`(${dueAt}, a.user_id) > (${after?.dueAt}::timestamptz, ${after?.userId}::uuid)`),
    )
    .orderBy(dueAt)
    .orderBy('a.userId')
    .limit(limit);
}

/** Users whose pause should have ended by now, which is for their workflow to do. */
export async function listEndedPauses(em: EntityManager, limit: number): Promise<string[]> {
  const rows = await kysely(em)
    .selectFrom('portal_accounts')
    .select('userId')
    .where((eb) => eb.and({ state: 'connected', pausedReason: 'user' }))
    .where('pausedUntil', '<', sql<Date>`now() - ${overdueAfter}`)
    .orderBy('pausedUntil')
    .limit(limit)
    .execute();
  return rows.map(({ userId }) => userId);
}
