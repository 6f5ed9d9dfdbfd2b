/** The end of a sync: the job and the schedule become final together. */
import type { EntityManager } from '@mikro-orm/postgresql';
import type { ClosedSyncJob, CloseSyncJobInput } from '../../activities/contract.ts';
import { failureText } from '../../workflows/failure-kinds.ts';
import { phaseText } from '../../workflows/phases.ts';
import { affected, firstRow, sql } from '../sql.ts';
import { appendJobLog, ringUser } from './sync-jobs.ts';
import { lockSyncSettings, settingsFrom, type SyncAccount, type SyncDefaults } from './sync-settings.ts';

/**
 * Makes the job final and the schedule with it, in one transaction, and rings. A job that is final already stays as it
 * is, and so does the schedule, which is returned. A job that was never opened is inserted, so that the history knows it.
 * Where the credentials changed since the sync began, its failure pauses nothing and the next sync is due at once.
 */
export function closeSyncJob(
  em: EntityManager,
  input: CloseSyncJobInput,
  defaults: SyncDefaults,
): Promise<ClosedSyncJob> {
  return em.transactional(async (tx) => {
    const account = await lockSyncSettings(tx, input.userId);
    if (!account) return { ...settingsFrom(null, defaults), nextSyncAt: null, pausedReason: null };
    const job = await lockJob(tx, input);
    if (job?.final) return closedWith(account, account.nextSyncAt, defaults);
    await (job ? finish(tx, input) : insertFinal(tx, input));
    await logTheEnd(tx, input);
    const usedRevision = input.revision ?? job?.revision ?? null;
    const schedule = scheduleAfter(input, account, usedRevision);
    await writeSchedule(tx, input, { ...schedule, lastRevision: input.revision ?? account.lastRevision });
    await ringUser(tx, input.userId);
    return closedWith({ ...account, ...schedule }, schedule.nextSyncAt, defaults);
  });
}

function closedWith(account: SyncAccount, nextSyncAt: Date | null, defaults: SyncDefaults): ClosedSyncJob {
  return {
    ...settingsFrom(account, defaults),
    nextSyncAt: nextSyncAt?.getTime() ?? null,
    pausedReason: account.pausedReason,
  };
}

type Schedule = Pick<SyncAccount, 'nextSyncAt' | 'pausedReason' | 'consecutiveFailures'>;

/** What holds after the sync, in view of the newest settings. */
function scheduleAfter(input: CloseSyncJobInput, account: SyncAccount, usedRevision: number | null): Schedule {
  const { nextSyncAt, pausedReason, consecutiveFailures, completedAt } = input;
  if (!account.connected) return { nextSyncAt: null, pausedReason: null, consecutiveFailures: 0 };
  const outdated = usedRevision !== null && usedRevision !== account.revision;
  if (!outdated) return { nextSyncAt: dateOrNull(nextSyncAt), pausedReason, consecutiveFailures };
  if (pausedReason === 'user') return { nextSyncAt: dateOrNull(nextSyncAt), pausedReason, consecutiveFailures };
  return { nextSyncAt: new Date(completedAt), pausedReason: null, consecutiveFailures };
}

function dateOrNull(epochMs: number | null): Date | null {
  return epochMs === null ? null : new Date(epochMs);
}

function lockJob(tx: EntityManager, { jobId, userId }: CloseSyncJobInput) {
  return firstRow<{ final: boolean; revision: number | null }>(
    tx,
    sql`select status in ('completed', 'failed') as final, revision from sync_jobs
        where id = ${jobId} and user_id = ${userId} for update`,
  );
}

async function finish(tx: EntityManager, input: CloseSyncJobInput): Promise<void> {
  const { jobId, status, errorCode, bookingsSynced, partial, completedAt } = input;
  await affected(
    tx,
    sql`update sync_jobs set status = ${status}, phase = ${status}, error_code = ${errorCode}, partial = ${partial},
          bookings_synced = coalesce(${bookingsSynced}, bookings_synced), done = coalesce(${bookingsSynced}, done),
          total = coalesce(${bookingsSynced}, total), completed_at = ${new Date(completedAt)}
        where id = ${jobId}`,
  );
  await affected(
    tx,
    sql`delete from staged_rentals using sync_jobs j
        where job_id = ${jobId} and j.id = job_id and j.reconciled_at is not null`,
  );
}

async function insertFinal(tx: EntityManager, input: CloseSyncJobInput): Promise<void> {
  const { jobId, userId, status, errorCode, triggeredManually, partial, completedAt, revision } = input;
  const at = new Date(completedAt);
  await affected(
    tx,
    sql`insert into sync_jobs (id, user_id, status, phase, error_code, partial, triggered_manually, revision, created_at,
          completed_at)
        values (${jobId}, ${userId}, ${status}, ${status}, ${errorCode}, ${partial}, ${triggeredManually}, ${revision},
          ${at}, ${at})`,
  );
}

async function logTheEnd(tx: EntityManager, input: CloseSyncJobInput): Promise<void> {
  const { userId, jobId, status, errorCode, bookingsSynced, partial } = input;
  const failed = status === 'failed';
  const message = failed
    ? failureText(errorCode ?? 'internal')
    : phaseText('completed', { done: bookingsSynced ?? 0, total: bookingsSynced });
  const level = failed ? 'error' : partial ? 'warn' : 'info';
  await appendJobLog(tx, { userId, jobId, level, phase: status, message });
}

async function writeSchedule(
  tx: EntityManager,
  { userId, status, completedAt }: CloseSyncJobInput,
  { nextSyncAt, pausedReason, consecutiveFailures, lastRevision }: Schedule & Pick<SyncAccount, 'lastRevision'>,
): Promise<void> {
  const lastSyncAt = status === 'completed' ? new Date(completedAt) : null;
  await affected(
    tx,
    sql`update portal_accounts set next_sync_at = ${nextSyncAt}, paused_reason = ${pausedReason},
          consecutive_failures = ${consecutiveFailures}, last_revision = ${lastRevision},
          last_sync_at = coalesce(${lastSyncAt}, last_sync_at), updated_at = now()
        where user_id = ${userId}`,
  );
}
