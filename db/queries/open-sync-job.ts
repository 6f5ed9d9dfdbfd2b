import type { EntityManager } from '@mikro-orm/postgresql';
import type { OpenSyncJobInput, SyncSettings } from '../../activities/contract.ts';
import { failureText } from '../../workflows/failure-kinds.ts';
import { affected, rows, sql } from '../sql.ts';
import { appendJobLog, ringUser } from './sync-jobs.ts';
import { lockSyncSettings, settingsFrom, type SyncDefaults } from './sync-settings.ts';

/**
 * Inserts the job as `pending`; a second call changes nothing. Any other active job of the user was left over by a crash
 * and is closed as `interrupted`. Without credentials no job is made. Rings.
 */
export function openSyncJob(
  em: EntityManager,
  input: OpenSyncJobInput & { workflowRunId?: string | null },
  defaults: SyncDefaults,
): Promise<SyncSettings> {
  const { userId, jobId, triggeredManually, workflowRunId } = input;
  return em.transactional(async (tx) => {
    const account = await lockSyncSettings(tx, userId);
    if (!account) return settingsFrom(null, defaults);
    await interruptLeftOvers(tx, userId, account.connected ? jobId : null);
    if (account.connected)
      await affected(
        tx,
        sql`insert into sync_jobs (id, user_id, status, revision, triggered_manually, workflow_run_id)
            values (${jobId}, ${userId}, 'pending', ${account.revision}, ${triggeredManually}, ${workflowRunId})
            on conflict (id) do nothing`,
      );
    await ringUser(tx, userId);
    return settingsFrom(account, defaults);
  });
}

/** Closes the user's active jobs, except `jobId`. */
async function interruptLeftOvers(tx: EntityManager, userId: string, jobId: string | null): Promise<void> {
  const closed = await rows<{ id: string }>(
    tx,
    sql`update sync_jobs set status = 'failed', phase = 'failed', error_code = 'interrupted', completed_at = now()
        where user_id = ${userId} and status in ('pending', 'running') and id is distinct from ${jobId}::uuid
        returning id`,
  );
  for (const { id } of closed) {
    const message = failureText('interrupted');
    await appendJobLog(tx, { userId, jobId: id, level: 'error', phase: 'failed', message });
  }
}
