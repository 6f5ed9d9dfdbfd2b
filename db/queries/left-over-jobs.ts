/** Jobs that are active in the database although nobody works on them any more. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import { failureText } from '#domain/failure-kinds.ts';
import { activeStatuses } from '#domain/sync-states.ts';
import { kysely, now, type Row } from '../kysely.ts';
import { deleteStagedOf } from './staged-rentals.ts';
import { appendJobLog, notifyStatusChanged } from './sync-jobs.ts';
import { lockUser } from './users.ts';

export type ActiveJob = Pick<Row<'sync_jobs'>, 'id' | 'userId'>;

/** Closes the user's active jobs, except one, as `interrupted`, each with a line in its log. Returns how many there were. */
export async function interruptActiveJobs(
  tx: EntityManager,
  { userId, except }: { userId: string; except: string | null },
): Promise<number> {
  const closed = await kysely(tx)
    .updateTable('sync_jobs')
    .set({ status: 'failed', phase: 'failed', errorCode: 'interrupted', completedAt: now })
    .where('userId', '=', userId)
    .where('status', 'in', activeStatuses)
    .where('id', 'is distinct from', except)
    .returning('id')
    .execute();
  await deleteStagedOf(
    tx,
    closed.map(({ id }) => id),
  );
  for (const { id } of closed) {
    const message = failureText('interrupted');
    await appendJobLog(tx, { userId, jobId: id, level: 'error', phase: 'failed', message });
  }
  return closed.length;
}

/** The same for one job, whose user's watchers are notified. False where it is not active. */
export function interruptJob(em: EntityManager, { id, userId }: ActiveJob): Promise<boolean> {
  return interruptOne(em, userId, { id });
}

/** The same for the job of a run that is over. */
export function interruptJobOfRun(em: EntityManager, userId: string, workflowRunId: string): Promise<boolean> {
  return interruptOne(em, userId, { workflowRunId });
}

function interruptOne(
  em: EntityManager,
  userId: string,
  which: { id: string } | { workflowRunId: string },
): Promise<boolean> {
  return em.transactional(async (tx) => {
    if (!(await lockUser(tx, userId))) return false;
    const found = await kysely(tx)
      .selectFrom('sync_jobs')
      .select('id')
      .where((eb) => eb.and({ userId, ...which }))
      .where('status', 'in', activeStatuses)
      .forUpdate()
      .execute();
    // There is at most one active job a user, so this is it.
    const closed = found.length > 0 ? await interruptActiveJobs(tx, { userId, except: null }) : 0;
    if (closed > 0) await notifyStatusChanged(tx, userId);
    return closed > 0;
  });
}

/** Jobs that have been active for longer than a sync can take, oldest first. */
export function listLongActiveJobs(em: EntityManager, longerThanMs: number, limit: number): Promise<ActiveJob[]> {
  return kysely(em)
    .selectFrom('sync_jobs')
    .select(['id', 'userId'])
    .where('status', 'in', activeStatuses)
    .where('createdAt', '<', sql<Date>`now() - make_interval(secs => ${longerThanMs / 1000})`)
    .orderBy('createdAt')
    .limit(limit)
    .execute();
}
