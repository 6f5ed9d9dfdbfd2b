/** The end of a sync: the job becomes final, and with it the schedule. */
import type { PausedReason } from '#domain/sync.ts';
import type { ClosedSyncJob, ReconcileBookingsResult } from '#domain/activities.ts';
import { closeSyncJob } from './activity-options.ts';
import { failureText, isPausingKind } from '#domain/failure-kinds.ts';
import type { FailureKind } from '#domain/failure-kinds.ts';
import { streakAfter, noFailures } from '#domain/failure-streak.ts';
import { phaseText } from '#domain/phases.ts';
import { streakOf } from './sync-entity.ts';
import type { ActiveSync, SyncEntity } from './sync-entity.ts';
import { nextSyncAfter } from '#domain/sync-schedule.ts';
import { describe, index } from './sync-status.ts';

export type Stored = Extract<ReconcileBookingsResult, { outcome: 'stored' }>;

/** How a sync that has a job ended. */
export type Ended = { stored: Stored } | { failed: FailureKind };

/** Makes the job final, and with it the schedule. Never given up: until it is done, the next sync does not start. */
export async function close(entity: SyncEntity, active: ActiveSync, outcome: Ended): Promise<void> {
  const { state, userId } = entity;
  const { job, revision } = active;
  const stored = 'stored' in outcome ? outcome.stored : null;
  const errorCode = 'failed' in outcome ? outcome.failed : null;
  const completedAt = Date.now();
  const { streak, tooLong } = streakAfter({ ...streakOf(state), lastSyncAt: state.lastSyncAt }, errorCode, completedAt);
  const pausedFor = pauseFor(errorCode, tooLong);
  const { consecutiveFailures } = streak;
  const next = nextSyncAfter(
    { completedAt, intervalMinutes: state.intervalMinutes, errorCode, consecutiveFailures },
    Math.random(),
  );
  active.closing = true;
  // What came before is part of this close; what comes from here on is newer than it.
  entity.settingsDirty = false;
  entity.scheduleDirty = false;
  describe(entity);
  const closed = await closeSyncJob({
    userId,
    jobId: job.id,
    triggeredManually: job.triggeredManually,
    status: stored ? 'completed' : 'failed',
    errorCode,
    bookingsSynced: stored?.bookingsSynced ?? null,
    partial: stored?.partial ?? false,
    completedAt,
    intervalMinutes: state.intervalMinutes,
    nextSyncAt: pausedFor === null ? next : null,
    pausedReason: state.pausedReason ?? pausedFor,
    ...streak,
    revision,
  });
  finish(active, stored, errorCode, completedAt);
  state.lastJob = job;
  Object.assign(state, closed.streak ?? (closed.trialEnded ? noFailures : streak));
  state.lastSyncAt = stored ? completedAt : state.lastSyncAt;
  state.revision = closed.lastRevision ?? revision ?? state.revision;
  takeSchedule(entity, closed);
  index(entity);
}

/** The schedule as it was written, unless a pause or a resume came while the job was being closed. */
function takeSchedule({ state, scheduleDirty }: SyncEntity, closed: ClosedSyncJob): void {
  state.connected = closed.connected;
  state.intervalMinutes = closed.intervalMinutes;
  state.nextSyncAt = closed.nextSyncAt;
  if (!scheduleDirty) state.pausedReason = closed.pausedReason;
  else if (state.pausedReason !== null) state.pausedReason = closed.pausedReason ?? state.pausedReason;
  else {
    Object.assign(state, noFailures);
    if (closed.connected) state.nextSyncAt ??= Date.now();
  }
}

function pauseFor(errorCode: FailureKind | null, failingTooLong: boolean): PausedReason | null {
  if (errorCode !== null && isPausingKind(errorCode)) return errorCode;
  return failingTooLong ? 'repeated_failure' : null;
}

function finish({ job }: ActiveSync, stored: Stored | null, errorCode: FailureKind | null, completedAt: number): void {
  const total = stored?.bookingsSynced ?? job.total;
  job.status = stored ? 'completed' : 'failed';
  job.phase = job.status;
  job.done = stored?.bookingsSynced ?? job.done;
  job.total = total;
  job.progress = phaseText(job.phase, { done: job.done, total }, errorCode ? failureText(errorCode) : undefined);
  job.bookingsSynced = stored?.bookingsSynced ?? null;
  job.partial = stored?.partial ?? false;
  job.errorCode = errorCode;
  job.completedAt = new Date(completedAt).toISOString();
}
