/**
 * What one run of `userSync` holds in memory: the state that is carried to the next run, the flags that signals set,
 * and the sync that is under way. Messages only change this; the main loop reads it at fixed points.
 */
import { covers, widened } from '#domain/sync-options.ts';
import type {
  ProgressReport,
  RequestSyncInput,
  RequestSyncResult,
  SyncJobSnapshot,
  SyncOptions,
} from '#domain/sync.ts';
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { patched, uuid4 } from '@temporalio/workflow';
import type { CancellationScope } from '@temporalio/workflow';
import type { ClosedSyncJob, ScheduleInput } from '#domain/activities.ts';
import { refusalOf } from '#domain/sync-client.ts';
import type { FailureKind } from '#domain/failure-kinds.ts';
import { noFailures } from '#domain/failure-streak.ts';
import { phaseText } from '#domain/phases.ts';
import { isReport, isRequest } from './given.ts';
import type { CarriedState, PauseInput, PendingRequest, UserSyncInput } from './messages.ts';
import { patches } from './patches.ts';
import { traces } from './traces.ts';

/** The sync that is under way. */
export interface ActiveSync {
  request: PendingRequest;
  job: SyncJobSnapshot;
  /** Wraps everything that the limit and a cancel may stop. */
  scope: CancellationScope;
  /** Wraps the attempt that is queued or runs. */
  attemptScope: CancellationScope | null;
  limitMs: number;
  /** Epoch ms of the first report of the first attempt; the limit counts from here. */
  begunAt: number | null;
  attempt: number;
  /** The attempt that reported last, and its last report. */
  reported: { attempt: number; seq: number };
  /** The credentials' revision that the last attempt used. */
  revision: number | null;
  lastFailure: FailureKind | null;
  /** What its attempts failed as. */
  failures: FailureKind[];
  stoppedBy: 'user' | 'limit' | 'stop' | null;
  /** Somebody asked for a sync and was given this job. */
  joined: boolean;
  /** Its first attempt gave up its place in the queue for a better one. */
  raised: boolean;
  /** Set as `closeSyncJob` is scheduled, or as the sync is held back: from then on nothing joins this job. */
  closing: boolean;
  /** See `patches.leanSync`. */
  lean: boolean;
}

export interface SyncEntity {
  userId: string;
  state: CarriedState;
  active: ActiveSync | null;
  /** False until a run without carried state has read what PostgreSQL remembers. */
  restored: boolean;
  /** What arrived and is not written yet. */
  unwritten: Unwritten;
  stopRequested: boolean;
}

interface Unwritten extends Pick<ScheduleInput, 'pausedUntil' | 'pausedBy' | 'pauseEnded'> {
  settingsChanged: boolean;
  resumed: boolean;
  paused: boolean;
}

const defaultIntervalMinutes = 120;

export function createEntity({ userId, state }: UserSyncInput): SyncEntity {
  return {
    userId,
    state: state ?? blankState(),
    active: null,
    restored: state !== undefined,
    unwritten: nothingUnwritten(),
    stopRequested: false,
  };
}

export function nothingUnwritten(): SyncEntity['unwritten'] {
  return { settingsChanged: false, resumed: false, paused: false };
}

export function hasUnwritten({ unwritten }: SyncEntity): boolean {
  return unwritten.settingsChanged || unwritten.resumed || unwritten.paused || unwritten.pauseEnded === true;
}

function blankState(): CarriedState {
  return {
    connected: false,
    revision: null,
    intervalMinutes: defaultIntervalMinutes,
    nextSyncAt: null,
    lastSyncAt: null,
    pausedReason: null,
    consecutiveFailures: 0,
    lastJob: null,
    pending: null,
  };
}

/**
 * Joins the sync that is pending or running, else asks for a new one. Its id comes with the request: a run of a restored
 * backup would generate the ids again that it generated before.
 */
export function request(entity: SyncEntity, input?: RequestSyncInput | null, jobId?: string): RequestSyncResult {
  const { active } = entity;
  const wanted = input?.options ?? {};
  const open = active && isOpen(active) ? active : null;
  if (open && !answers(open, wanted)) return { ...queue(entity, wanted, jobId), queuedAfter: open.job.id };
  if (active && open) {
    active.joined = true;
    raise(active);
    return { jobId: active.job.id, status: active.job.status, joined: true };
  }
  return queue(entity, wanted, jobId);
}

/** Only where no sync waits or runs: nobody is to be told of it. */
export function requestInBackground({ state, active }: SyncEntity): void {
  if (state.pending !== null || (active && isOpen(active))) return;
  state.pending = { jobId: uuid4(), triggeredManually: false, options: {}, background: true };
  traces.wanted();
}

/** The sync under way does all that is wanted. */
function answers({ request: { options } }: ActiveSync, wanted: SyncOptions): boolean {
  return covers(options, wanted) || !patched(patches.queueOtherOptions);
}

/** The one request that waits is for all who ask meanwhile. Throws where one of the two is a dry run and the other is not. */
function queue({ state }: SyncEntity, wanted: SyncOptions, jobId = uuid4()): RequestSyncResult {
  if (state.pending) {
    const { cancelled, options } = state.pending;
    const both = cancelled ? wanted : widened(options, wanted);
    if (both === null) throw refusal('other_sync_waits');
    state.pending.options = both;
    // Nothing of it has begun, so asking again takes its cancel back.
    delete state.pending.cancelled;
    if (state.pending.background) {
      delete state.pending.background;
      state.pending.triggeredManually = true;
      traces.wanted();
    }
    return { jobId: state.pending.jobId, status: 'pending', joined: true };
  }
  state.pending = { jobId, triggeredManually: true, options: wanted };
  traces.wanted();
  return { jobId: state.pending.jobId, status: 'pending', joined: false };
}

/** Somebody waits for it. */
export function isAwaited({ job, joined }: ActiveSync): boolean {
  return job.triggeredManually || joined;
}

/** No attempt has reported yet that it began: it may wait for a worker. */
export function isQueued({ attempt, reported }: ActiveSync): boolean {
  return reported.attempt !== attempt;
}

/** The attempt that waits in the queue is taken out of it, and the next one goes first: see `sync-attempts.ts`. */
function raise(active: ActiveSync): void {
  if (active.attemptScope === null || active.raised || active.job.triggeredManually || !isQueued(active)) return;
  if (!patched(patches.raiseQueued)) return;
  active.raised = true;
  active.attemptScope.cancel();
}

/** Whether a request may still become part of it. One that is being stopped or closed answers nobody. */
export function isOpen({ closing, stoppedBy }: ActiveSync): boolean {
  return !closing && stoppedBy === null;
}

/** Throws where no sync can be made of it, such as an id that the database would not take. */
export function refuseNonsense(input: unknown): void {
  if (!isRequest(input)) throw refusal('invalid_request');
}

/** Throws the reason why no sync may be asked for now; the failure's type is what the web answers with. */
export function refuseUnlessOpen(entity: SyncEntity): void {
  const { pausedReason, connected } = entity.state;
  if (pausedReason !== null) throw refusal(refusalOf(pausedReason));
  if (!connected) throw refusal('no_credentials');
}

function refusal(code: string): ApplicationFailure {
  const category = ApplicationFailureCategory.BENIGN;
  return ApplicationFailure.create({ type: code, message: `Refused: ${code}`, nonRetryable: true, category });
}

/** Cancels the sync that is pending or running; a sync that is being closed is already over. Returns the one that it stops. */
export function cancel(entity: SyncEntity, jobId?: string | null): ActiveSync | null {
  const { active } = entity;
  const { pending } = entity.state;
  const isMeant = (id: string) => (jobId ?? id) === id;
  if (active && isOpen(active) && isMeant(active.job.id)) return stopActive(active, 'user');
  if (pending && isMeant(pending.jobId)) pending.cancelled = true;
  return null;
}

/** Null where it is already over. */
export function stopActive(active: ActiveSync, by: NonNullable<ActiveSync['stoppedBy']>): ActiveSync | null {
  if (active.closing) return null;
  active.stoppedBy ??= by;
  active.scope.cancel();
  return active;
}

/** Shown and obeyed at once; what it does to the schedule is known when it is written. */
export function pauseSyncing(entity: SyncEntity, { until, by }: PauseInput): void {
  const { pausedUntil: _, ...unwritten } = entity.unwritten;
  entity.unwritten = {
    ...unwritten,
    paused: true,
    ...(until !== undefined && { pausedUntil: until }),
    ...(by && !unwritten.paused && { pausedBy: by }),
  };
  showWishes(entity);
}

/** The time has come at which the user's own pause was to end. */
export function endPause(entity: SyncEntity): void {
  entity.unwritten.pauseEnded = true;
  showWishes(entity);
}

export function resumeSyncing(entity: SyncEntity): void {
  if (entity.state.pausedReason === null) return;
  entity.unwritten.resumed = true;
  entity.unwritten.paused = false;
  delete entity.unwritten.pausedUntil;
  delete entity.unwritten.pausedBy;
  showWishes(entity);
}

function showWishes({ state, unwritten }: SyncEntity): void {
  const hasEnded = unwritten.pauseEnded && state.pausedReason === 'user';
  if (unwritten.resumed || hasEnded) Object.assign(state, noFailures, { pausedReason: null });
  // A pause that a failure caused says what the user has to mend; it stays.
  if (unwritten.paused && state.pausedReason === null) {
    state.pausedReason = 'user';
    state.pausedBy = unwritten.pausedBy ?? null;
  }
  if (unwritten.paused) state.pausedUntil = unwritten.pausedUntil ?? null;
  if (state.pausedReason === 'user') return;
  delete state.pausedUntil;
  delete state.pausedBy;
}

/** The schedule as it was written, and what arrived meanwhile. Answers of the release before say less. */
export function takeSchedule(entity: SyncEntity, answer: Partial<ClosedSyncJob>): void {
  const { state } = entity;
  const { connected, intervalMinutes, nextSyncAt, pausedReason, lastRevision, streak, scheduleReason = null } = answer;
  const { pausedUntil, pausedBy, consoleUrl } = answer;
  const schedule = { nextSyncAt, pausedReason, pausedUntil, pausedBy, revision: lastRevision, ...streak };
  const told = { connected, intervalMinutes, consoleUrl, ...schedule };
  Object.assign(state, Object.fromEntries(Object.entries(told).filter(([, value]) => value !== undefined)));
  state.scheduleReason = scheduleReason;
  delete state.portalHeld;
  showWishes(entity);
}

/** The server's time, rising with each call that writes the schedule: see `ScheduleInput`. */
export function scheduleTime({ state }: SyncEntity): number {
  state.scheduleAsOf = Math.max(Date.now(), (state.scheduleAsOf ?? 0) + 1);
  return state.scheduleAsOf;
}

/** Takes a report of the attempt that runs now; drops late, repeated and foreign ones, and what an operator sent by mistake. */
export function report(entity: SyncEntity, progress?: ProgressReport | null): void {
  const { active } = entity;
  if (!active || active.closing || progress?.jobId !== active.job.id || progress.attempt !== active.attempt) return;
  if (!isReport(progress)) return;
  if (progress.attempt === active.reported.attempt && progress.seq <= active.reported.seq) return;
  active.reported = { attempt: progress.attempt, seq: progress.seq };
  begin(active);
  show(active.job, progress);
}

function begin(active: ActiveSync): void {
  if (active.begunAt !== null) return;
  active.begunAt = Date.now();
  active.job.status = 'running';
  active.job.startedAt = new Date(active.begunAt).toISOString();
}

export function show(
  job: SyncJobSnapshot,
  { phase, done, total }: Pick<SyncJobSnapshot, 'phase' | 'done' | 'total'>,
): void {
  Object.assign(job, { phase, done, total, progress: phaseText(phase, { done, total }) });
}

/** What the next run starts with. */
export function carriedState({ state }: SyncEntity): CarriedState {
  return { ...state };
}
