/** From what the workflow says and what PostgreSQL holds to the one status that people see. Pure. */
import type {
  JobStatus,
  PausedReason,
  ScheduleReason,
  SyncJobSnapshot,
  SyncState,
  SyncStatus,
  SyncWarning,
} from '#domain/sync.ts';
import { failureText } from '#domain/failure-kinds.ts';
import type { FailureKind } from '#domain/failure-kinds.ts';
import { phaseText } from '#domain/phases.ts';
import type { Phase } from '#domain/phases.ts';
import type { StatusJobView, StatusView } from '#lib/api-types.ts';

/** The newest job as PostgreSQL knows it. */
export interface StoredJob {
  id: string;
  status: JobStatus;
  phase: Phase;
  done: number;
  total: number | null;
  bookingsSynced: number | null;
  startedAt: Date | null;
  completedAt: Date | null;
  triggeredManually: boolean;
  errorCode: FailureKind | null;
  partial: boolean;
}

/** One statement's answer, so it is consistent in itself. */
export interface StoredStatus {
  connected: boolean;
  nextSyncAt: Date | null;
  scheduleReason: ScheduleReason | null;
  lastSyncAt: Date | null;
  pausedReason: PausedReason | null;
  consecutiveFailures: number;
  warning: SyncWarning | null;
  intervalMinutes: number;
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
 * - else the workflow is the truth.
 */
export function composeStatus(queried: Queried, stored: StoredStatus): StatusView {
  const view = composed(queried, stored);
  if (!stored.newCredentials || isUnderWay(view)) return view;
  return { ...view, state: 'pending', pausedReason: null, nextSyncAt: iso(stored.nextSyncAt) };
}

function composed(queried: Queried, stored: StoredStatus): StatusView {
  if (queried === null || queried === 'unavailable')
    return fromStored(stored, queried === null && !isActive(stored.job));
  if (queried.job === null) return { ...scheduleOf(queried), job: storedView(stored.job), live: true };
  if (isNewer(queried, stored.job)) return { ...scheduleOf(queried), job: queriedView(queried.job), live: true };
  return isFinal(stored.job) ? closed(queried, queried.job, stored) : active(queried, queried.job, stored);
}

/** The status from the moment that the workflow took a person's request and made a new job of it. */
export function withPendingJob(view: StatusView, jobId: string): StatusView {
  const counts = { done: 0, total: null };
  const job: StatusJobView = {
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
export function isUnderWay(view: StatusView): boolean {
  return view.state === 'pending' || view.state === 'running';
}

/** The failure as a sentence. Only for `internal` there is something to refer to. */
export function failureMessage(kind: FailureKind, jobId: string): string {
  return kind === 'internal' ? `${failureText(kind)} Reference: ${jobId}` : failureText(kind);
}

function isNewer({ job }: SyncStatus, stored: StoredJob | null): boolean {
  return stored === null || (job!.id !== stored.id && job!.status === 'pending');
}

/** The newest job is final: shown as stored. The query's schedule counts only if it already knows of that end. */
function closed(queried: SyncStatus, job: SyncJobSnapshot, stored: StoredStatus): StatusView {
  const knows = job.id === stored.job!.id && (job.status === 'completed' || job.status === 'failed');
  return { ...(knows ? scheduleOf(queried) : scheduleOfStored(stored)), job: storedView(stored.job), live: true };
}

/** The newest job is under way: the workflow's progress where it speaks of the same job and calls it so too. */
function active(queried: SyncStatus, job: SyncJobSnapshot, stored: StoredStatus): StatusView {
  const same = job.id === stored.job!.id && (job.status === 'pending' || job.status === 'running');
  // The stored start is the one that stays.
  const startedAt = iso(stored.job!.startedAt) ?? job.startedAt;
  const view = same ? { ...queriedView(job), startedAt } : storedView(stored.job)!;
  return { ...scheduleOf(queried), state: view.status as SyncState, job: view, live: true };
}

function fromStored(stored: StoredStatus, live: boolean): StatusView {
  return { ...scheduleOfStored(stored), job: storedView(stored.job), live };
}

function scheduleOf({ job: _, warning = null, portalHeld, scheduleReason, ...schedule }: SyncStatus) {
  return { ...schedule, warning, scheduleReason: scheduleReason ?? (portalHeld ? 'circuit_open' : null) } as const;
}

function scheduleOfStored(stored: StoredStatus) {
  return {
    state: stateOf(stored),
    nextSyncAt: iso(stored.nextSyncAt),
    lastSyncAt: iso(stored.lastSyncAt),
    pausedReason: stored.pausedReason,
    consecutiveFailures: stored.consecutiveFailures,
    warning: stored.pausedReason === null ? stored.warning : null,
    scheduleReason: stateOf(stored) === 'sleeping' ? stored.scheduleReason : null,
    intervalMinutes: stored.intervalMinutes,
  };
}

function stateOf({ connected, pausedReason, job }: StoredStatus): SyncState {
  if (job && isActive(job)) return job.status as 'pending' | 'running';
  if (!connected) return 'not_connected';
  return pausedReason ? 'paused' : 'sleeping';
}

function queriedView(job: SyncJobSnapshot): StatusJobView {
  const errorMessage = job.errorCode && failureMessage(job.errorCode, job.id);
  return { ...job, progress: errorMessage ?? job.progress, errorMessage };
}

function storedView(job: StoredJob | null): StatusJobView | null {
  if (!job) return null;
  const errorMessage = job.errorCode && failureMessage(job.errorCode, job.id);
  return {
    id: job.id,
    status: job.status,
    progress: phaseText(job.phase, countsOf(job), errorMessage ?? undefined),
    phase: job.phase,
    done: job.done,
    total: job.total,
    bookingsSynced: job.bookingsSynced,
    startedAt: iso(job.startedAt),
    completedAt: iso(job.completedAt),
    triggeredManually: job.triggeredManually,
    errorCode: job.errorCode,
    errorMessage,
    partial: job.partial,
  };
}

function countsOf({ status, bookingsSynced, done, total }: StoredJob) {
  return status === 'completed' && bookingsSynced !== null
    ? { done: bookingsSynced, total: bookingsSynced }
    : { done, total };
}

function isActive(job: StoredJob | null): boolean {
  return job?.status === 'pending' || job?.status === 'running';
}

function isFinal(job: StoredJob | null): boolean {
  return job?.status === 'completed' || job?.status === 'failed';
}

function iso(time: Date | null): string | null {
  return time?.toISOString() ?? null;
}
