/** The end of a sync: the job becomes final, and with it the schedule. */
import type { ReconcileBookingsResult } from '#domain/activities.ts';
import { closeSyncJob } from './activity-options.ts';
import { failureText } from '#domain/failure-kinds.ts';
import type { FailureKind } from '#domain/failure-kinds.ts';
import { isPart } from '#domain/sync-options.ts';
import { noticeOf } from '#domain/failure-streak.ts';
import { phaseText } from '#domain/phases.ts';
import { isAwaited, nothingUnwritten, scheduleTime, takeSchedule } from './sync-entity.ts';
import type { CarriedState } from './messages.ts';
import type { ActiveSync, SyncEntity } from './sync-entity.ts';
import { updateDetails, upsertSearchAttributes } from './sync-status.ts';

export type Stored = Extract<ReconcileBookingsResult, { outcome: 'stored' }>;

/** How a sync that has a job ended. */
export type Ended = { stored: Stored } | { failed: FailureKind };

/** Makes the job final, and with it the schedule. Never given up: until it is done, the next sync does not start. */
export async function close(entity: SyncEntity, active: ActiveSync, outcome: Ended): Promise<void> {
  const { state, userId } = entity;
  const { job, revision, joined } = active;
  const stored = 'stored' in outcome ? outcome.stored : null;
  const errorCode = 'failed' in outcome ? outcome.failed : null;
  const part = stored !== null && isPart(active.request.options);
  const completedAt = Date.now();
  active.closing = true;
  // What came before is part of this close; what comes from here on is newer than it.
  const { settingsChanged: _, ...wishes } = entity.unwritten;
  entity.unwritten = nothingUnwritten();
  updateDetails(entity);
  const closed = await closeSyncJob[isAwaited(active) ? 'awaited' : 'usual']({
    userId,
    jobId: job.id,
    triggeredManually: job.triggeredManually,
    joined,
    status: stored ? 'completed' : 'failed',
    errorCode,
    bookingsSynced: stored?.bookingsSynced ?? null,
    listed: stored?.listed,
    partial: stored?.partial ?? false,
    ...(part && { part }),
    completedAt,
    revision,
    now: scheduleTime(entity),
    ...wishes,
  });
  const before = { ...state };
  finish(active, stored, errorCode, completedAt);
  state.lastJob = job;
  // After a dry run or a partial read, the last sync is no newer than before.
  state.lastSyncAt = stored && !part ? completedAt : state.lastSyncAt;
  takeSchedule(entity, closed);
  state.untold = noticeOf(before, state) ?? state.untold ?? null;
  // The next run begins with its own; this run's row tells how its sync ended, mostly like the one before.
  if (!active.lean || isOtherEnd(before, state)) upsertSearchAttributes(entity);
}

function isOtherEnd(before: CarriedState, after: CarriedState): boolean {
  return (
    before.lastJob?.errorCode !== after.lastJob?.errorCode || before.consecutiveFailures !== after.consecutiveFailures
  );
}

function finish(
  { job, request: { options } }: ActiveSync,
  stored: Stored | null,
  errorCode: FailureKind | null,
  completedAt: number,
): void {
  const total = stored?.listed ?? stored?.bookingsSynced ?? job.total;
  job.status = stored ? 'completed' : 'failed';
  job.phase = job.status;
  job.done = stored?.bookingsSynced ?? job.done;
  job.total = total;
  job.progress = phaseText(
    job.phase,
    { done: job.done, total, dryRun: options.dryRun },
    errorCode ? failureText(errorCode) : undefined,
  );
  job.bookingsSynced = stored?.bookingsSynced ?? null;
  job.partial = stored?.partial ?? false;
  if (options.dryRun) job.dryRun = true;
  job.errorCode = errorCode;
  job.completedAt = new Date(completedAt).toISOString();
}
