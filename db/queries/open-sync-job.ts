import type { EntityManager } from '@mikro-orm/postgresql';
import type { OpenedSyncJob, OpenSyncJobInput } from '../../activities/contract.ts';
import { affected, firstRow, sql } from '../sql.ts';
import { interruptActiveJobs } from './left-over-jobs.ts';
import { holdsBack } from './portal-circuit.ts';
import { ringUser } from './sync-jobs.ts';
import { lockSyncSettings, settingsFrom, type SyncAccount, type SyncDefaults } from './sync-settings.ts';

type Input = OpenSyncJobInput & { workflowRunId?: string | null };

/**
 * Inserts the job as `pending`; a second call changes nothing. Any other active job of the user was left over by a crash
 * and is closed as `interrupted`. Without credentials no job is made, nor where the portal's circuit holds the sync
 * back; the schedule is then `holdUntil`. Rings.
 */
export function openSyncJob(em: EntityManager, input: Input, defaults: SyncDefaults): Promise<OpenedSyncJob> {
  const { userId, jobId } = input;
  return em.transactional(async (tx) => {
    const account = await lockSyncSettings(tx, userId);
    if (!account) return { ...settingsFrom(null, defaults), heldUntil: null };
    await interruptActiveJobs(tx, { userId, except: account.connected ? jobId : null });
    const held = account.connected && (await isHeldBack(tx, input, account));
    if (held) await postpone(tx, userId, input.holdUntil!);
    else if (account.connected) await insertJob(tx, input, account.revision);
    await ringUser(tx, userId);
    return { ...settingsFrom(account, defaults), heldUntil: held ? input.holdUntil! : null };
  });
}

/** Neither a sync that somebody waits for, nor a user's first one or the first with new credentials. */
async function isHeldBack(
  tx: EntityManager,
  { jobId, holdUntil = null }: Input,
  account: SyncAccount,
): Promise<boolean> {
  if (holdUntil === null || account.lastSyncAt === null || account.lastRevision !== account.revision) return false;
  const isOpen = await firstRow(tx, sql`select 1 from sync_jobs where id = ${jobId}`);
  return isOpen === null && (await holdsBack(tx));
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
