/**
 * One sync, from the request to its closed job: open, read the portal, store, close. Five minutes in all, counted from
 * the first report of the first attempt: what is left of them is the timeout of each activity that follows.
 */
import { CancellationScope, isCancellation, patched } from '@temporalio/workflow';
import type { OpenedSyncJob } from '#domain/activities.ts';
import { openSyncJob } from './activity-options.ts';
import type { PendingRequest } from './messages.ts';
import { patches } from './patches.ts';
import { limitByTimer } from './release-before.ts';
import { readAndStore } from './sync-attempts.ts';
import { close } from './sync-close.ts';
import type { Ended } from './sync-close.ts';
import { isAwaited, scheduleTime, takeSchedule } from './sync-entity.ts';
import type { ActiveSync, SyncEntity } from './sync-entity.ts';
import { failureOf } from './sync-failures.ts';
import { pendingJob, updateDetails, upsertSearchAttributes } from './sync-status.ts';
import { traces } from './traces.ts';

type Deferred = OpenedSyncJob & { heldUntil: number };
type Outcome = Ended | Deferred | { notConnected: true };

/** Until `openSyncJob` returns the limit that the worker is configured with. */
const defaultLimitMs = 5 * 60_000;

/** Runs one sync to its end. Its failures end up in the job; only a cancellation of the whole workflow is thrown. */
export async function runSync(entity: SyncEntity, request: PendingRequest): Promise<void> {
  const active = activate(entity, request);
  traces.begin('sync', {
    'gibney.user.id': entity.userId,
    'gibney.job.id': active.job.id,
    'gibney.trigger': request.triggeredManually ? 'request' : request.background ? 'operator' : 'schedule',
  });
  if (!active.lean) upsertSearchAttributes(entity);
  updateDetails(entity);
  let cancellation: unknown = null;
  const outcome = await outcomeOf(entity, active).catch((error: unknown) => {
    if (!isCancellation(error)) throw error;
    cancellation = error;
    return { failed: 'interrupted' } as const;
  });
  if ('stored' in outcome || 'failed' in outcome) {
    await CancellationScope.nonCancellable(() => close(entity, active, outcome));
  }
  entity.active = null;
  if ('heldUntil' in outcome) deferUntil(entity, outcome, active.lean);
  updateDetails(entity);
  traces.end('failed' in outcome ? outcome.failed : undefined);
  if (cancellation !== null) throw cancellation;
}

function activate(entity: SyncEntity, request: PendingRequest): ActiveSync {
  entity.active = {
    request,
    job: pendingJob(request),
    scope: new CancellationScope(),
    attemptScope: null,
    limitMs: defaultLimitMs,
    begunAt: null,
    attempt: 0,
    reported: { attempt: 0, seq: -1 },
    revision: null,
    lastFailure: null,
    failures: [],
    stoppedBy: null,
    joined: false,
    raised: false,
    closing: false,
    lean: patched(patches.leanSync),
  };
  return entity.active;
}

/**
 * This scheduled sync waits, without a job: the portal is down for many users until others find it well again, or
 * the user has quiet hours, or the database knows a newer schedule.
 */
function deferUntil(entity: SyncEntity, { heldUntil, heldBy, ...known }: Deferred, lean: boolean): void {
  const { scheduleReason, pausedReason, pausedUntil, pausedBy } = known;
  const reason = heldBy === 'quiet_hours' ? 'quiet_hours' : 'circuit_open';
  takeSchedule(entity, {
    nextSyncAt: heldUntil,
    scheduleReason: scheduleReason ?? reason,
    ...(pausedReason && { pausedReason, pausedUntil: pausedUntil ?? null, pausedBy: pausedBy ?? null }),
  });
  if (!lean) upsertSearchAttributes(entity);
}

async function outcomeOf(entity: SyncEntity, active: ActiveSync): Promise<Outcome> {
  if (active.request.cancelled) return { failed: 'cancelled' };
  const endLimit = active.lean ? null : limitByTimer(active);
  try {
    return await active.scope.run(() => openAndRead(entity, active));
  } catch (error) {
    // Here, outside the sync's own scope, only a cancellation of the whole workflow shows.
    if (CancellationScope.current().consideredCancelled && active.stoppedBy === null) throw error;
    return { failed: failureOf(error, active) };
  } finally {
    endLimit?.();
  }
}

async function openAndRead(entity: SyncEntity, active: ActiveSync): Promise<Outcome> {
  const opened = await open(entity, active);
  entity.state.connected = opened.connected;
  if (!opened.connected) {
    // Somebody was given the id of this job, and looks for it.
    const isLookedFor = isAwaited(active) && patched(patches.closeUnconnected);
    return isLookedFor ? { failed: 'cancelled' } : { notConnected: true };
  }
  entity.state.intervalMinutes = opened.intervalMinutes;
  if (isDeferred(opened)) return opened;
  active.limitMs = opened.limitMs;
  return { stored: await readAndStore(entity, active) };
}

function isDeferred(opened: OpenedSyncJob): opened is Deferred {
  return typeof opened.heldUntil === 'number';
}

async function open(entity: SyncEntity, active: ActiveSync): Promise<OpenedSyncJob> {
  const { id: jobId, triggeredManually } = active.job;
  const job = { userId: entity.userId, jobId, triggeredManually };
  const opened = await openSyncJob[triggeredManually ? 'awaited' : 'usual']({
    ...job,
    deferrable: !triggeredManually,
    ...(!triggeredManually && !active.request.background && { due: true }),
    now: scheduleTime(entity),
  });
  active.job.id = opened.jobId ?? jobId;
  if (!isDeferred(opened)) return opened;
  // Somebody asked meanwhile and was given the id of this job: it is for them now.
  if (isAwaited(active)) return openSyncJob.awaited({ ...job, deferrable: false, now: scheduleTime(entity) });
  // From here on a request gets a job of its own.
  active.closing = true;
  return opened;
}
