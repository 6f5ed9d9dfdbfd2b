/**
 * One sync, from the request to its closed job: open, read the portal (with the retries that the table of kinds
 * allows), store, close. Five minutes in all, counted from the first report of the first attempt.
 *
 * The retries are the workflow's and not the server's because only so a retry that would start after the limit is not
 * waited for, and the job then says what really failed instead of "timed out".
 */
import { ApplicationFailure, CancellationScope, condition, isCancellation, log, sleep } from '@temporalio/workflow';
import type { OpenedSyncJob, ReconcileBookingsResult, ScrapeRentalsResult } from '../activities/contract.ts';
import { openSyncJob, reconcileBookings, scrapeActivity } from './activity-options.ts';
import type { PendingRequest } from './messages.ts';
import { close } from './sync-close.ts';
import type { Ended, Stored } from './sync-close.ts';
import { show, stopActive } from './sync-entity.ts';
import type { ActiveSync, SyncEntity } from './sync-entity.ts';
import { detailsOf, failureOf, isInterruption, kindOf } from './sync-failures.ts';
import { heldBackUntil, retryDelayMs } from './sync-schedule.ts';
import { describe, index, pendingJob } from './sync-status.ts';

type Held = OpenedSyncJob & { heldUntil: number };
type Outcome = Ended | Held | { notConnected: true };

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
  if ('stored' in outcome || 'failed' in outcome) {
    await CancellationScope.nonCancellable(() => close(entity, active, outcome));
  }
  entity.active = null;
  if ('heldUntil' in outcome) holdBack(entity, outcome);
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
    joined: false,
    closing: false,
  };
  return entity.active;
}

/**
 * This scheduled sync waits, without a job: the portal is down for many users, until others found it well again, or
 * these are the user's quiet hours.
 */
function holdBack(entity: SyncEntity, { heldUntil, heldBy }: Held): void {
  entity.state.nextSyncAt = heldUntil;
  entity.state.portalHeld = heldBy !== 'quiet_hours';
  index(entity);
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
  const opened = await open(entity, active);
  entity.state.connected = opened.connected;
  if (!opened.connected) return { notConnected: true };
  entity.state.intervalMinutes = opened.intervalMinutes;
  if (isHeld(opened)) return opened;
  entity.state.portalHeld = false;
  active.limitMs = opened.limitMs;
  return { stored: await readAndStore(entity, active) };
}

function isHeld(opened: OpenedSyncJob): opened is Held {
  return typeof opened.heldUntil === 'number';
}

async function open({ userId }: SyncEntity, active: ActiveSync): Promise<OpenedSyncJob> {
  const { id: jobId, triggeredManually } = active.job;
  const job = { userId, jobId, triggeredManually };
  const now = Date.now();
  const holdUntil = triggeredManually ? null : heldBackUntil(now, Math.random());
  const opened = await openSyncJob({ ...job, holdUntil, now });
  if (!isHeld(opened)) return opened;
  // Somebody asked meanwhile and was told the id of this job: it is for them now.
  if (active.joined) return openSyncJob({ ...job, holdUntil: null });
  // From here on a request gets a job of its own.
  active.closing = true;
  return opened;
}

/** Attempts until one is stored or the table of kinds, or the clock, says that it was the last. */
async function readAndStore(entity: SyncEntity, active: ActiveSync): Promise<Stored> {
  for (let failures = 0; ;) {
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

function ignoreCancellation(error: unknown): void {
  if (!isCancellation(error)) throw error;
}
