/** How the portal does, from everybody's syncs: counts of users, and nothing about anybody. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import { slowSync, type SlowSyncs } from '#domain/portal-health.ts';
import { kysely } from '../kysely.ts';

/** In the last hour: for each user the newest sync that ended well, slow or not, or that took too long. */
export async function countSlowSyncs(em: EntityManager, now: Date): Promise<SlowSyncs> {
  const { windowMs, leastMs, timesExpected } = slowSync;
  const { rows } = await sql<SlowSyncs>`with ended as (
      select user_id, started_at, completed_at,
        error_code is not null or (completed_at - started_at > make_interval(secs => ${leastMs / 1000})
          and extract(epoch from completed_at - started_at) * 1000 > ${timesExpected} * expected_ms) as slow
      from sync_jobs
      where completed_at > ${now}::timestamptz - make_interval(secs => ${windowMs / 1000}) and started_at is not null
        and not narrowed and expected_ms is not null and (status = 'completed' or error_code = 'timed_out')
    ), newest as (
      select distinct on (user_id) user_id, slow from ended order by user_id, completed_at desc
    )
    select (select count(*) from newest) as users, (select count(*) from newest where slow) as slow,
      (select min(started_at) from ended where slow) as since`.execute(kysely(em));
  return rows[0]!;
}
