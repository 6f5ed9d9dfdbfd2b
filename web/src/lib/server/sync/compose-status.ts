/** From what the workflow says and what PostgreSQL holds to the one status that people see. Pure. */
import type { z } from 'zod';
import { failureText } from '#domain/failure-kinds.ts';
import type { FailureKind } from '#domain/failure-kinds.ts';
import { phaseText } from '#domain/phases.ts';
import { syncStatus } from '#domain/shapes/sync.ts';
import type { statusJob, StatusView } from '#domain/shapes/sync.ts';
import { isActive, isFinal } from '#domain/sync-states.ts';
import type { SyncState } from '#domain/sync-states.ts';
import type { SyncJobSnapshot, SyncStatus } from '#domain/sync.ts';

/** Before its times are written out. */
type Status = z.input<typeof syncStatus>;
type StatusJob = z.input<typeof statusJob>;

/** The newest job as PostgreSQL knows it. */
export type StoredJob = Omit<StatusJob, 'progress' | 'errorMessage' | 'expected'> & {
  expectedTotal?: number | null;
  expectedMs?: number | null;
};

/** One statement's answer, so it is consistent in itself. */
export interface StoredStatus extends Omit<Status, 'job' | 'state' | 'live'> {
  connected: boolean;
  /** Credentials that no sync has used yet, and the first sync with them is due. */
  newCredentials: boolean;
  job: StoredJob | null;
}

/** The query's answer; `null` where the user has no workflow, `unavailable` where Temporal did not answer. */
export type Queried = SyncStatus | null | 'unavailable';

/**
 * `stored` must have been read after `queried`. Then:
 * - a job that is final in PostgreSQL is final, and the schedule comes with it from the same transaction;
 * - a job that only the query calls final is still closing, and shown as running;
 * - a pending job that PostgreSQL does not know yet is newer than any that it knows;
 * - credentials that no sync has used yet are as good as a request, which the workflow may not have heard of yet;
 * - how far a running job is, PostgreSQL says;
 * - else the workflow is the truth.
 */
export function composeStatus(queried: Queried, stored: StoredStatus): StatusView {
  const status = composed(queried, stored);
  if (!stored.newCredentials || isUnderWay(status)) return syncStatus.parse(status);
  return syncStatus.parse({ ...status, state: 'pending', pausedReason: null, nextSyncAt: stored.nextSyncAt });
}

function composed(queried: Queried, stored: StoredStatus): Status {
  if (queried === null || queried === 'unavailable')
    return fromStored(stored, queried === null && !isActive(stored.job));
  if (queried.job === null) return { ...scheduleOf(queried), job: ofStored(stored.job), live: true };
  if (isNewer(queried, stored.job)) return { ...scheduleOf(queried), job: ofQueried(queried.job), live: true };
  return isFinal(stored.job) ? closed(queried, queried.job, stored) : active(queried, queried.job, stored);
}

/** The status from the moment that the workflow took a person's request and made a new job of it. */
export function withPendingJob(view: StatusView, jobId: string): StatusView {
  const counts = { done: 0, total: null };
  const job: StatusView['job'] = {
    id: jobId,
    status: 'pending',
    progress: phaseText('initializing', counts),
    phase: 'initializing',
    ...counts,
    bookingsSynced: null,
    startedAt: null,
    completedAt: null,
    triggeredManually: true,
    errorCode: null,
    errorMessage: null,
    partial: false,
  };
  return { ...view, state: 'pending', job };
}

/** True while something moves, so that it is worth asking again soon. */
export function isUnderWay({ state }: Pick<StatusView, 'state'>): boolean {
  return state === 'pending' || state === 'running';
}

/** The failure as a sentence. Only for `internal` there is something to refer to. */
export function failureMessage(kind: FailureKind, jobId: string): string {
  return kind === 'internal' ? `${failureText(kind)} Reference: ${jobId}` : failureText(kind);
}

function isNewer({ job }: SyncStatus, stored: StoredJob | null): boolean {
  return stored === null || (job!.id !== stored.id && job!.status === 'pending');
}

/** The newest job is final: shown as stored. The query's schedule counts only if it already knows of that end. */
function closed(queried: SyncStatus, job: SyncJobSnapshot, stored: StoredStatus): Status {
  const knows = job.id === stored.job!.id && isFinal(job);
  return { ...(knows ? scheduleOf(queried) : scheduleOfStored(stored)), job: ofStored(stored.job), live: true };
}

/** The newest job is under way: how far, PostgreSQL says; that it has begun, the workflow may know first. */
function active(queried: SyncStatus, job: SyncJobSnapshot, stored: StoredStatus): Status {
  const knows = stored.job!.status === 'pending' && job.id === stored.job!.id && isActive(job);
  const shown = knows ? ofQueried(job) : ofStored(stored.job)!;
  return { ...scheduleOf(queried), state: shown.status as SyncState, job: shown, live: true };
}

function fromStored(stored: StoredStatus, live: boolean): Status {
  return { ...scheduleOfStored(stored), job: ofStored(stored.job), live };
}

function scheduleOf({ job: _, warning = null, portalHeld, scheduleReason, ...schedule }: SyncStatus) {
  return { ...schedule, warning, scheduleReason: scheduleReason ?? (portalHeld ? 'circuit_open' : null) } as const;
}

function scheduleOfStored(stored: StoredStatus) {
  const state = stateOf(stored);
  const warning = stored.pausedReason === null ? stored.warning : null;
  return { ...stored, state, warning, scheduleReason: state === 'sleeping' ? stored.scheduleReason : null };
}

function stateOf({ connected, pausedReason, job }: StoredStatus): SyncState {
  if (isActive(job)) return job!.status as 'pending' | 'running';
  if (!connected) return 'not_connected';
  return pausedReason ? 'paused' : 'sleeping';
}

function ofQueried(job: SyncJobSnapshot): StatusJob {
  const errorMessage = job.errorCode && failureMessage(job.errorCode, job.id);
  return { ...job, progress: errorMessage ?? job.progress, errorMessage };
}

function ofStored(stored: StoredJob | null): StatusJob | null {
  if (!stored) return null;
  const { retry, expectedTotal: total, expectedMs: ms, ...job } = stored;
  const errorMessage = job.errorCode && failureMessage(job.errorCode, job.id);
  const progress = phaseText(job.phase, countsOf(job), errorMessage ?? undefined);
  const shown = { ...job, progress, errorMessage };
  if (!isActive(job)) return shown;
  return { ...shown, ...(retry && { retry }), ...(total && ms && { expected: { total, ms } }) };
}

function countsOf({ status, bookingsSynced, done, total, dryRun }: StoredJob) {
  return status === 'completed' && bookingsSynced !== null
    ? { done: bookingsSynced, total: bookingsSynced, dryRun }
    : { done, total };
}
