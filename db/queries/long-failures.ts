/** What a user is told of syncs that fail for days, through the outbox, once in a streak of failures. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import { failingEventType } from '#domain/events.ts';
import type { LongFailureNotice } from '#domain/sync.ts';
import { kysely } from '../kysely.ts';
import { listWaitingTargets } from './deliveries.ts';
import { takeTurn, writeFailingEvent } from './events.ts';
import { lockUser } from './users.ts';

/** However often it is called. Returns the targets that have something to be told. */
export function tellLongFailure(em: EntityManager, userId: string, notice: LongFailureNotice): Promise<string[]> {
  return em.transactional(async (tx) => {
    if (!(await lockUser(tx, userId))) return [];
    await takeTurn(tx, userId);
    if (notice === 'repeated_failure') await mailPause(tx, userId);
    else if (await isUntold(tx, userId)) return writeFailingEvent(tx, userId);
    return listWaitingTargets(tx, userId);
  });
}

/** Whether syncs fail, and that has not been told since they began to. */
async function isUntold(tx: EntityManager, userId: string): Promise<boolean> {
  const { rows } = await sql<{ isUntold: boolean }>`select a.failing_since is not null and not exists (
      select 1 from events e where e.user_id = a.user_id and e.type = ${failingEventType} and e.at >= a.failing_since
    ) as is_untold from portal_accounts a where a.user_id = ${userId}`.execute(kysely(tx));
  return rows[0]?.isUntold ?? false;
}

/** The pause was written with the end of the sync, and so was this, but by the version before, which mailed it by itself. */
async function mailPause(tx: EntityManager, userId: string): Promise<void> {
  await sql`insert into deliveries (user_id, target_id, event_seq, lane, next_at)
    select t.user_id, t.id, e.seq, 'sync', now()
    from delivery_targets t cross join lateral (
      select seq, type, data from events where user_id = t.user_id and type in ('sync.paused', 'sync.resumed')
      order by seq desc limit 1
    ) e
    where t.user_id = ${userId} and t.channel = 'mail' and t.disabled_reason is null and 'sync.paused' = any(t.events)
      and e.type = 'sync.paused' and e.data ->> 'reason' = 'repeated_failure'
    on conflict (target_id, event_seq) do nothing`.execute(kysely(tx));
}
