/**
 * Reading and storing, with the retries that the table of kinds allows.
 *
 * The retries are the workflow's and not the server's, so that a retry that would start after the limit is not
 * waited for, and the job then says what really failed instead of "timed out".
 */
import { ApplicationFailure, CancellationScope, isCancellation, log, patched, sleep } from '@temporalio/workflow';
import type { ReconcileBookingsResult, ScrapeRentalsResult } from '#domain/activities.ts';
import { scrapeActivity, storeActivity } from './activity-options.ts';
import { isPausingKind, retryDelayMs } from '#domain/failure-kinds.ts';
import { patches } from './patches.ts';
import type { Stored } from './sync-close.ts';
import { isAwaited, show } from './sync-entity.ts';
import type { ActiveSync, SyncEntity } from './sync-entity.ts';
import { detailsOf, isInterruption, kindOf } from './sync-failures.ts';
import { updateDetails } from './sync-status.ts';

/** Attempts until one is stored or the table of kinds, or the clock, says that it was the last. */
export async function readAndStore(entity: SyncEntity, active: ActiveSync): Promise<Stored> {
  // A list that lacks bookings in a way that wants a second, fresh reading; that one decides, and is believed.
  let doubtful: ScrapeRentalsResult | null = null;
  for (;;) {
    try {
      const reading = await scrape(entity, active);
      if (doubtful !== null && !reading.complete) return await storeUnconfirmed(entity, active, doubtful);
      const result = await store(entity, active, reading, { confirmed: doubtful !== null });
      if (result.outcome === 'stored') return result;
      doubtful = reading;
    } catch (error) {
      const delayMs = delayBeforeRetry(error, active);
      if (delayMs === null) {
        if (doubtful === null || !mayKeepUnconfirmed(error, active)) throw error;
        return storeUnconfirmed(entity, active, doubtful);
      }
      const kind = kindOf(error, active);
      log.warn('Attempt failed; trying again', { jobId: active.job.id, kind, delayMs });
      updateDetails(entity);
      await sleep(delayMs, { summary: `Retry after ${kind}` });
    }
  }
}

/** Not where somebody stopped the sync or the user has to act: then the job must say so. */
function mayKeepUnconfirmed(error: unknown, active: ActiveSync): boolean {
  const keeps =
    active.stoppedBy === null
      ? !CancellationScope.current().consideredCancelled && !isPausingKind(kindOf(error, active))
      : active.stoppedBy === 'limit';
  return keeps && patched(patches.storeUnconfirmed);
}

/** New and changed rentals are not lost because nothing confirmed the list; those that seem to be gone stay for now. */
async function storeUnconfirmed(
  entity: SyncEntity,
  active: ActiveSync,
  doubtful: ScrapeRentalsResult,
): Promise<Stored> {
  active.revision = doubtful.revision;
  // The limit may have stopped the second reading, and with it the scope of this sync.
  return CancellationScope.nonCancellable(async () => {
    const result = await store(entity, active, { ...doubtful, complete: false }, { unconfirmed: true });
    if (result.outcome === 'stored') return result;
    throw ApplicationFailure.nonRetryable('A list without removals wanted confirmation', 'internal');
  });
}

async function scrape(entity: SyncEntity, active: ActiveSync): Promise<ScrapeRentalsResult> {
  if (!active.lean) return attempt(entity, active);
  for (;;) {
    const scope = new CancellationScope();
    active.attemptScope = scope;
    try {
      return await scope.run(() => attempt(entity, active));
    } catch (error) {
      // Taken out of the queue, to come back at its front; where a worker took it in that moment, it begins once more.
      if (!scope.consideredCancelled || isStopped(active)) throw error;
    } finally {
      active.attemptScope = null;
    }
  }
}

function isStopped({ stoppedBy }: ActiveSync): boolean {
  return stoppedBy !== null || CancellationScope.current().consideredCancelled;
}

async function attempt({ userId }: SyncEntity, active: ActiveSync): Promise<ScrapeRentalsResult> {
  active.attempt += 1;
  const { attempt: number, request, job, failures } = active;
  const budgetMs = remainingMs(active);
  const scrapeRentals = scrapeActivity({
    userId,
    attempt: number,
    budgetMs,
    isRetry: active.begunAt !== null,
    isAwaited: isAwaited(active),
    isBackground: request.background ?? false,
  });
  const result = await scrapeRentals({
    ...{ userId, jobId: job.id, attempt: number, budgetMs, options: request.options },
    ...(failures.length > 0 && { failures: [...failures] }),
  });
  active.revision = result.revision;
  return result;
}

async function store(
  entity: SyncEntity,
  active: ActiveSync,
  { attempt, count, complete, partRead, unreadable }: ScrapeRentalsResult,
  standing: { confirmed?: boolean; unconfirmed?: boolean },
): Promise<ReconcileBookingsResult> {
  show(active.job, { phase: 'processing', done: count, total: count });
  updateDetails(entity);
  const ids = { userId: entity.userId, jobId: active.job.id, attempt };
  const reconcileBookings = storeActivity(remainingMs(active));
  return reconcileBookings[isAwaited(active) ? 'awaited' : 'usual']({
    ...ids,
    count,
    complete,
    ...(partRead && { partRead }),
    ...(active.request.options.dryRun && { dryRun: true }),
    unreadable,
    confirmed: false,
    ...standing,
  });
}

function remainingMs({ begunAt, limitMs }: ActiveSync): number {
  return begunAt === null ? limitMs : Math.max(1, begunAt + limitMs - Date.now());
}

/** Most likely another worker takes it. */
const notBegunDelayMs = 200;

/** Notes what failed. A wait that would outlast the limit is no retry. */
function delayBeforeRetry(error: unknown, active: ActiveSync): number | null {
  if (active.stoppedBy !== null || (isCancellation(error) && !isInterruption(error))) return null;
  const kind = kindOf(error, active);
  const details = detailsOf(error);
  if (details?.notBegun) return notBegunDelayMs;
  active.lastFailure = kind;
  active.revision = details?.revision ?? active.revision;
  const { failures } = active;
  failures.push(kind);
  // Three interruptions say nothing about a portal that is away after them.
  const isMixed = failures.some((other) => other !== kind) && patched(patches.retriesByKind);
  const sameKind = isMixed ? failures.filter((other) => other === kind) : failures;
  const delayMs = retryDelayMs(kind, sameKind.length, details?.retryAfterMs);
  return delayMs !== null && delayMs < remainingMs(active) ? delayMs : null;
}
