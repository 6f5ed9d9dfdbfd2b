/** Figures of all users for operators, without naming anybody. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { sql, type RawBuilder } from 'kysely';
import type { PausedReason } from '#domain/sync-states.ts';
import { kysely } from '../kysely.ts';

/** Shares of the users, from the median to the one who waits longest. */
export const ageQuantiles = [0.5, 0.9, 0.99, 1] as const;

export interface SyncFigures {
  /** Portal accounts by what syncing does for them; `reason` where it is paused, else empty. */
  accounts: { state: 'syncing' | 'paused' | 'disconnected'; reason: PausedReason | ''; count: number }[];
  /** Seconds since the last completed sync, for each of {@link ageQuantiles}, of those whose syncs go on. */
  ages: number[] | null;
  /** Seconds for which their next sync should have begun, 0 where it is not due; for each of {@link ageQuantiles}. */
  overdue: number[] | null;
}

const syncing = sql<boolean>`a.state = 'connected' and a.paused_reason is null`;

/** Two statements, each one pass over all portal accounts. */
export async function readSyncFigures(em: EntityManager): Promise<SyncFigures> {
  const db = kysely(em);
  const state = sql<SyncFigures['accounts'][number]['state']>`case when ${syncing} then 'syncing'
    when a.state = 'connected' then 'paused' else 'disconnected' end`;
  const reason = sql<PausedReason | ''>`case when a.state = 'connected' then coalesce(a.paused_reason, '') else '' end`;
  const accounts = await db
    .selectFrom('portal_accounts as a')
    .select([state.as('state'), reason.as('reason'), sql<number>`count(*)`.as('count')])
    .groupBy([sql`1`, sql`2`])
    .execute();
  const age = sql`extract(epoch from now() - coalesce(a.last_sync_at, a.created_at))`;
  // Without a next sync, a first one should have begun at once.
  const late = sql`greatest(0, extract(epoch from now() - coalesce(a.next_sync_at, a.last_sync_at, a.created_at)))`;
  const quantiles = (value: RawBuilder<unknown>) =>
    sql<number[] | null>`percentile_cont(${[...ageQuantiles]}::float8[]) within group (order by ${value})`;
  const { ages, overdue } = await db
    .selectFrom('portal_accounts as a')
    .select([quantiles(age).as('ages'), quantiles(late).as('overdue')])
    .where(syncing)
    .executeTakeFirstOrThrow();
  return { accounts, ages, overdue };
}
