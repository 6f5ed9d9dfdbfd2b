/**
 * The contract of the `userSync` workflow: its input, its signals, its update and its query. No workflow code is
 * imported here, so that the web and the worker speak to the workflow through the same types.
 */
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { FailureKind, PausingKind } from './failure-kinds.ts';
import type { Phase } from './phases.ts';

/** Why no sync happens by itself: the user's own pause, long failure, or a failure that only the user can mend. */
export type PausedReason = 'user' | 'repeated_failure' | PausingKind;

/** Syncs have failed for days; before long they are paused as `repeated_failure`. */
export type SyncWarning = 'pausing_soon';

export type SyncState = 'not_connected' | 'sleeping' | 'pending' | 'running' | 'paused';

export type JobStatus = 'pending' | 'running' | 'completed' | 'failed';

/** What a caller may ask of one sync. Old workers must understand new callers: optional fields only. */
export interface SyncOptions {
  /** Sign in afresh even where a saved portal session exists. */
  freshSession?: boolean;
}

/** One job as the workflow knows it. Times are ISO 8601 in UTC; counts are rentals. */
export interface SyncJobSnapshot {
  id: string;
  status: JobStatus;
  phase: Phase;
  /** The phase as a sentence for people. */
  progress: string;
  done: number;
  total: number | null;
  bookingsSynced: number | null;
  startedAt: string | null;
  completedAt: string | null;
  triggeredManually: boolean;
  errorCode: FailureKind | null;
  /** Completed, but with gaps: the list was not read to its end or could not be confirmed, or rows could not be read. */
  partial: boolean;
}

/** The answer of the `syncStatus` query. */
export interface SyncStatus {
  state: SyncState;
  job: SyncJobSnapshot | null;
  nextSyncAt: string | null;
  lastSyncAt: string | null;
  pausedReason: PausedReason | null;
  consecutiveFailures: number;
  intervalMinutes: number;
  warning?: SyncWarning | null;
  /** The portal is down for many users, so the next scheduled sync was put off. */
  portalHeld?: boolean;
}

export interface RequestSyncInput {
  /** Of a sync that is made for this request; one that it joins keeps its own. */
  options?: SyncOptions;
}

export interface RequestSyncResult {
  jobId: string;
  status: JobStatus;
  /** True where a sync was pending or running already and this request became part of it. */
  joined: boolean;
}

/** What an attempt tells the workflow. Counts, phases and ids only: this is kept in the history. */
export interface ProgressReport {
  jobId: string;
  attempt: number;
  /** Rises within an attempt, so that a late report never overwrites a newer one. */
  seq: number;
  phase: Phase;
  done: number;
  total: number | null;
}

/** A request that waits for its run. */
export interface PendingRequest {
  jobId: string;
  triggeredManually: boolean;
  options: SyncOptions;
  /** Cancelled before its run began, and not asked for again; the run only closes its job. */
  cancelled?: boolean;
}

/**
 * What a run hands to the next one. A wire contract between versions of this code: add optional fields only, never
 * rename one. Times are epoch milliseconds, so that a sleep that was cut short goes on where it was.
 */
export interface CarriedState {
  connected: boolean;
  /** The credentials' revision that the last sync used; null before the first one. */
  revision: number | null;
  intervalMinutes: number;
  nextSyncAt: number | null;
  lastSyncAt: number | null;
  pausedReason: PausedReason | null;
  consecutiveFailures: number;
  /** Since when no sync has succeeded; null while they succeed. */
  failingSince?: number | null;
  warning?: SyncWarning | null;
  /** The last scheduled sync was put off because the portal is down for many users. */
  portalHeld?: boolean;
  lastJob: SyncJobSnapshot | null;
  pending: PendingRequest | null;
}

export interface UserSyncInput {
  userId: string;
  /** Absent in the first run: the workflow then reads what PostgreSQL remembers. */
  state?: CarriedState;
}

/**
 * Sync now, and say which job answers the request. While a sync is pending or running: joins it. From the moment it is
 * being stopped or its job closed: gets a new job. Refused, with the reason as the failure's type, while syncing is paused or no
 * portal account is connected.
 */
export const requestSync = defineUpdate<RequestSyncResult, [RequestSyncInput?]>('requestSync');

/** The same for operators and scripts, without an answer. While a sync is pending or running: joins it. While paused: has no effect. */
export const syncNow = defineSignal<[RequestSyncInput?]>('syncNow');

/** Stops the pending or running sync; its job fails as `cancelled`. With a job id: only that job. While none runs: has no effect. */
export const cancelSync = defineSignal<[{ jobId?: string }?]>('cancelSync');

/** No more syncs until `resume`. A running sync goes on to its end. */
export const pause = defineSignal('pause');

/** Ends a pause of any reason, and failures are counted from zero. A sync that fell due meanwhile, or that failed into the pause, starts at once. */
export const resume = defineSignal('resume');

/** Interval or credentials changed. While a sync runs: read when it ends, and new credentials make the next sync due at once. */
export const settingsChanged = defineSignal('settingsChanged');

/** From the running attempt. Reports of another job, of an older attempt or out of order are dropped. */
export const reportProgress = defineSignal<[ProgressReport]>('reportProgress');

/** The account is deleted: stops a running sync and completes the workflow for good. */
export const stop = defineSignal('stop');

/** Where the sync stands. Answers in every state, also right after continue-as-new. */
export const syncStatus = defineQuery<SyncStatus>('syncStatus');
