/**
 * One sync, from the request to its closed job: open, read the portal (with the retries that the table of kinds
 * allows), store, close. Five minutes in all, counted from the first report of the first attempt.
 *
 * The retries are the workflow's and not the server's because only so a retry that would start after the limit is not
 * waited for, and the job then says what really failed instead of "timed out".
 */
import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  CancelledFailure,
  TemporalFailure,
  TimeoutFailure,
  condition,
  isCancellation,
  log,
  sleep,
} from '@temporalio/workflow';
import type { ClosedSyncJob, ReconcileBookingsResult, ScrapeFailureDetails, ScrapeRentalsResult } from '../activities/contract.ts';
import { closeSyncJob, openSyncJob, reconcileBookings, scrapeActivity } from './activity-options.ts';
import { failureText, isFailureKind, isPausingKind } from './failure-kinds.ts';
import type { FailureKind } from './failure-kinds.ts';
import type { PausedReason, PendingRequest } from './messages.ts';
import { phaseText } from './phases.ts';
import { show, stopActive } from './sync-entity.ts';
import type { ActiveSync, SyncEntity } from './sync-entity.ts';
import { nextSyncAfter, retryDelayMs } from './sync-schedule.ts';
import { describe, index, pendingJob } from './sync-status.ts';

type Stored = Extract<ReconcileBookingsResult, { outcome: 'stored' }>;
type Outcome = { stored: Stored } | { failed: FailureKind } | { notConnected: true };

/** Until `openSyncJob` tells the limit that the worker is configured with. */
const defaultLimitMs = 5 * 60_000;

/** Runs one sync to its end. Its failures end up in the job; only a cancellation of the whole workflow is thrown. */
export async function runSync(entity: SyncEntity, request: PendingRequest): Promise<void> {
  const active = activate(entity, request);
  index(entity);
  describe(entity);
  let cancellation: unknown = null;
  const outcome = await outcomeOf(entity, active).catch((error: unknown) => {
    if (!isCancellation(error)) throw error;
    cancellation = error;
    return { failed: 'interrupted' } as const;
  });
  if (!('notConnected' in outcome)) await CancellationScope.nonCancellable(() => close(entity, active, outcome));
  entity.active = null;
  describe(entity);
  if (cancellation !== null) throw cancellation;
}

function activate(entity: SyncEntity, request: PendingRequest): ActiveSync {
  entity.active = {
    request,
    job: pendingJob(request),
    scope: new CancellationScope(),
    limitMs: defaultLimitMs,
    begunAt: null,
    attempt: 0,
    reported: { attempt: 0, seq: -1 },
    revision: null,
    lastFailure: null,
    stoppedBy: null,
    closing: false,
  };
  return entity.active;
}

async function outcomeOf(entity: SyncEntity, active: ActiveSync): Promise<Outcome> {
  if (active.request.cancelled) return { failed: 'cancelled' };
  const clock = new CancellationScope();
  // Rejects only when it is cancelled below, as the sync ends before its limit.
  clock.run(() => enforceLimit(active)).catch(ignoreCancellation);
  try {
    return await active.scope.run(() => openAndRead(entity, active));
  } catch (error) {
    // Here, outside the sync's own scope, only a cancellation of the whole workflow shows.
    if (CancellationScope.current().consideredCancelled && active.stoppedBy === null) throw error;
    return { failed: failureOf(error, active) };
  } finally {
    clock.cancel();
  }
}

async function enforceLimit(active: ActiveSync): Promise<void> {
  await condition(() => active.begunAt !== null);
  await sleep(active.limitMs, { summary: 'Limit of one sync' });
  stopActive(active, 'limit');
}

async function openAndRead(entity: SyncEntity, active: ActiveSync): Promise<Outcome> {
  const { id: jobId, triggeredManually } = active.job;
  const settings = await openSyncJob({ userId: entity.userId, jobId, triggeredManually });
  entity.state.connected = settings.connected;
  if (!settings.connected) return { notConnected: true };
  entity.state.intervalMinutes = settings.intervalMinutes;
  active.limitMs = settings.limitMs;
  return { stored: await readAndStore(entity, active) };
}

/** Attempts until one is stored or the table of kinds, or the clock, says that it was the last. */
async function readAndStore(entity: SyncEntity, active: ActiveSync): Promise<Stored> {
  for (let failures = 0; ; ) {
    try {
      const result = await store(entity, active, await scrape(entity, active));
      if (result.outcome === 'stored') return result;
      // Many upcoming rentals are missing: a second, fresh reading decides, and it is believed.
      const confirmed = await store(entity, active, await scrape(entity, active), true);
      if (confirmed.outcome === 'stored') return confirmed;
      throw ApplicationFailure.nonRetryable('A confirmed reading was not stored', 'internal');
    } catch (error) {
      const delayMs = delayBeforeRetry(error, active, ++failures);
      if (delayMs === null) throw error;
      log.warn('Attempt failed; trying again', { jobId: active.job.id, kind: active.lastFailure, delayMs });
      describe(entity);
      await sleep(delayMs, { summary: `Retry after ${active.lastFailure}` });
    }
  }
}

async function scrape(entity: SyncEntity, active: ActiveSync): Promise<ScrapeRentalsResult> {
  active.attempt += 1;
  const { attempt, request, job } = active;
  const budgetMs = remainingMs(active);
  const scrapeRentals = scrapeActivity({ attempt, budgetMs, triggeredManually: request.triggeredManually });
  const result = await scrapeRentals({
    userId: entity.userId,
    jobId: job.id,
    attempt,
    budgetMs,
    options: request.options,
  });
  active.revision = result.revision;
  return result;
}

async function store(
  entity: SyncEntity,
  active: ActiveSync,
  { attempt, count, complete, unreadable }: ScrapeRentalsResult,
  confirmed = false,
): Promise<ReconcileBookingsResult> {
  show(active.job, { phase: 'processing', done: count, total: count });
  describe(entity);
  const ids = { userId: entity.userId, jobId: active.job.id, attempt };
  return reconcileBookings({ ...ids, count, complete, unreadable, confirmed });
}

function remainingMs({ begunAt, limitMs }: ActiveSync): number {
  return begunAt === null ? limitMs : Math.max(1, begunAt + limitMs - Date.now());
}

/** Notes what failed. A wait that would outlast the limit is no retry. */
function delayBeforeRetry(error: unknown, active: ActiveSync, failures: number): number | null {
  if (active.stoppedBy !== null || (isCancellation(error) && !isInterruption(error))) return null;
  const kind = kindOf(error);
  const details = detailsOf(error);
  active.lastFailure = kind;
  active.revision = details?.revision ?? active.revision;
  const delayMs = retryDelayMs(kind, failures, details?.retryAfterMs);
  return delayMs !== null && delayMs < remainingMs(active) ? delayMs : null;
}

/** What the job failed as, after everything that could be tried was tried. */
function failureOf(error: unknown, active: ActiveSync): FailureKind {
  if (active.stoppedBy === 'user') return 'cancelled';
  if (active.stoppedBy === 'stop') return 'interrupted';
  // The limit cut off an attempt that ran, unless the last one still waited for a worker.
  if (active.stoppedBy === 'limit') return attemptBegan(active) ? 'timed_out' : (active.lastFailure ?? 'timed_out');
  return kindOf(error);
}

function attemptBegan({ attempt, reported }: ActiveSync): boolean {
  return reported.attempt === attempt;
}

/** The kind of an attempt's failure. An error of our own workflow code is not one: it fails the task, to be mended. */
function kindOf(error: unknown): FailureKind {
  if (!(error instanceof TemporalFailure)) throw error;
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (cause instanceof TimeoutFailure) return kindOfTimeout(cause);
  if (isInterruption(error)) return 'interrupted';
  if (cause instanceof ApplicationFailure && isFailureKind(cause.type)) return cause.type;
  return 'internal';
}

function kindOfTimeout({ timeoutType }: TimeoutFailure): FailureKind {
  if (timeoutType === 'SCHEDULE_TO_START') return 'no_capacity';
  return timeoutType === 'HEARTBEAT' ? 'interrupted' : 'timed_out';
}

/** A worker that shut down, or an operator who stopped the attempt: the workflow itself was not cancelled. */
function isInterruption(error: unknown): boolean {
  const cause = error instanceof ActivityFailure ? error.cause : undefined;
  if (cause instanceof CancelledFailure) return !CancellationScope.current().consideredCancelled;
  return cause instanceof ApplicationFailure && cause.type === 'WorkerShutdown';
}

function detailsOf(error: unknown): ScrapeFailureDetails | null {
  const cause = error instanceof ActivityFailure ? error.cause : undefined;
  const first: unknown = cause instanceof ApplicationFailure ? cause.details?.[0] : undefined;
  return typeof first === 'object' && first !== null ? (first as ScrapeFailureDetails) : null;
}

function ignoreCancellation(error: unknown): void {
  if (!isCancellation(error)) throw error;
}

/** Makes the job final, and with it the schedule. Never given up: until it is done, the next sync does not start. */
async function close(entity: SyncEntity, active: ActiveSync, outcome: Exclude<Outcome, { notConnected: true }>): Promise<void> {
  const { state, userId } = entity;
  const { job, revision } = active;
  const stored = 'stored' in outcome ? outcome.stored : null;
  const errorCode = 'failed' in outcome ? outcome.failed : null;
  const completedAt = Date.now();
  const consecutiveFailures = failuresAfter(errorCode, state.consecutiveFailures);
  const nextSyncAt = nextSyncAfter(
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
    nextSyncAt,
    pausedReason: state.pausedReason ?? pauseFor(errorCode),
    consecutiveFailures,
    revision,
  });
  finish(active, stored, errorCode, completedAt);
  state.lastJob = job;
  state.consecutiveFailures = consecutiveFailures;
  state.lastSyncAt = stored ? completedAt : state.lastSyncAt;
  state.revision = revision ?? state.revision;
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
  else if (closed.connected) state.nextSyncAt ??= Date.now();
}

/** A sync that the user stopped says nothing about the portal. */
function failuresAfter(errorCode: FailureKind | null, before: number): number {
  if (errorCode === null) return 0;
  return errorCode === 'cancelled' ? before : before + 1;
}

function pauseFor(errorCode: FailureKind | null): PausedReason | null {
  return errorCode !== null && isPausingKind(errorCode) ? errorCode : null;
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
