import type { EntityManager } from '@mikro-orm/postgresql';
import type { OpenedSyncJob, OpenSyncJobInput } from '#domain/activities.ts';
import { afterQuietHours } from '#domain/quiet-hours.ts';
import { affected, firstRow, sql } from '../sql.ts';
import { interruptActiveJobs } from './left-over-jobs.ts';
import { holdsBack } from './portal-circuit.ts';
import { notifyStatusChanged } from './sync-jobs.ts';
import { isAwaited, lockSyncSettings, settingsFrom, type SyncAccount, type SyncDefaults } from './sync-settings.ts';

type Input = OpenSyncJobInput & { workflowRunId?: string | null };

/**
 * Inserts the job as `pending`; a second call changes nothing. Any other active job of the user was left over by a crash
 * and is closed as `interrupted`. Without credentials no job is made, nor where a scheduled sync is held back: by the
 * portal's circuit until `holdUntil`, or by the user's quiet hours until their end. Notifies the watchers.
 */
export function openSyncJob(em: EntityManager, input: Input, defaults: SyncDefaults): Promise<OpenedSyncJob> {
  const { userId, jobId } = input;
  return em.transactional(async (tx) => {
    const account = await lockSyncSettings(tx, userId);
    if (!account) return { ...settingsFrom(null, defaults), heldUntil: null };
    // A late repetition: by now another job may be the one that runs.
    if (await isFinal(tx, jobId)) return { ...settingsFrom(account, defaults), ...notHeld };
    await interruptActiveJobs(tx, { userId, except: account.connected ? jobId : null });
    const hold = account.connected ? await holdOf(tx, input, account) : notHeld;
    if (hold.heldUntil !== null) await postpone(tx, userId, hold.heldUntil);
    else if (account.connected) await insertJob(tx, input, account.revision);
    await notifyStatusChanged(tx, userId);
    return { ...settingsFrom(account, defaults), ...hold };
  });
}

async function isFinal(tx: EntityManager, jobId: string): Promise<boolean> {
  const job = await firstRow(tx, sql`select 1 from sync_jobs where id = ${jobId} and completed_at is not null`);
  return job !== null;
}

type Hold = { heldUntil: number | null; heldBy?: OpenedSyncJob['heldBy'] };

const notHeld: Hold = { heldUntil: null };

/** No sync that somebody waits for. */
async function holdOf(
  tx: EntityManager,
  { jobId, holdUntil = null, now: asked }: Input,
  account: SyncAccount,
): Promise<Hold> {
  if (holdUntil === null || isAwaited(account)) return notHeld;
  if (await firstRow(tx, sql`select 1 from sync_jobs where id = ${jobId}`)) return notHeld;
  const now = new Date(asked ?? Date.now());
  const awake = afterQuietHours(now, account.quiet);
  if (awake > now) return { heldUntil: awake.getTime(), heldBy: 'quiet_hours' };
  return (await holdsBack(tx)) ? { heldUntil: holdUntil, heldBy: 'portal' } : notHeld;
}

async function postpone(tx: EntityManager, userId: string, holdUntil: number): Promise<void> {
  await affected(
    tx,
    sql`update portal_accounts set next_sync_at = ${new Date(holdUntil)}, updated_at = now() where user_id = ${userId}`,
  );
}

async function insertJob(tx: EntityManager, input: Input, revision: number): Promise<void> {
  const { userId, jobId, triggeredManually, workflowRunId } = input;
  await affected(
    tx,
    sql`insert into sync_jobs (id, user_id, status, revision, triggered_manually, workflow_run_id)
        values (${jobId}, ${userId}, 'pending', ${revision}, ${triggeredManually}, ${workflowRunId})
        on conflict (id) do nothing`,
  );
}
