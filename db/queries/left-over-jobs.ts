/** Jobs that are active in the database although nobody works on them any more. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { failureText } from '#domain/failure-kinds.ts';
import { rows, sql } from '../sql.ts';
import { appendJobLog, notifyStatusChanged } from './sync-jobs.ts';
import { lockUser } from './users.ts';

export interface ActiveJob {
  id: string;
  userId: string;
}

/** Closes the user's active jobs, except one, as `interrupted`, each with a line in its log. Returns how many there were. */
export async function interruptActiveJobs(
  tx: EntityManager,
  { userId, except }: { userId: string; except: string | null },
): Promise<number> {
  const closed = await rows<{ id: string }>(
    tx,
    sql`update sync_jobs set status = 'failed', phase = 'failed', error_code = 'interrupted', completed_at = now()
        where user_id = ${userId} and status in ('pending', 'running') and id is distinct from ${except}::uuid
        returning id`,
  );
  for (const { id } of closed) {
    const message = failureText('interrupted');
    await appendJobLog(tx, { userId, jobId: id, level: 'error', phase: 'failed', message });
  }
  return closed.length;
}

/** The same for one job, whose user's watchers are rung. False where it is not active. */
export function interruptJob(em: EntityManager, { id, userId }: ActiveJob): Promise<boolean> {
  return em.transactional(async (tx) => {
    if (!(await lockUser(tx, userId))) return false;
    const found = await rows(
      tx,
      sql`select 1 from sync_jobs where id = ${id} and user_id = ${userId} and status in ('pending', 'running') for update`,
    );
    // There is at most one active job a user, so this is it.
    const closed = found.length > 0 ? await interruptActiveJobs(tx, { userId, except: null }) : 0;
    if (closed > 0) await notifyStatusChanged(tx, userId);
    return closed > 0;
  });
}

/** Jobs that have been active for longer than a sync can take, oldest first. */
export function listLongActiveJobs(em: EntityManager, longerThanMs: number, limit: number): Promise<ActiveJob[]> {
  return rows<ActiveJob>(
    em,
    sql`select id, user_id as "userId" from sync_jobs
        where status in ('pending', 'running') and created_at < now() - make_interval(secs => ${longerThanMs / 1000})
        order by created_at limit ${limit}`,
  );
}
