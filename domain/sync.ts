/**
 * A sync as everybody speaks of it: its states, its job and the requests for one. What Temporal carries of it is written
 * to histories and read by the version before and after: add optional fields only.
 */
import type { FailureKind, PausingKind } from './failure-kinds.ts';
import type { Phase } from './phases.ts';

/** Why no sync happens by itself: the user's own pause, long failure, or a failure that only the user can mend. */
export type PausedReason = 'user' | 'repeated_failure' | PausingKind;

/** Syncs have failed for days; before long they are paused as `repeated_failure`. */
export type SyncWarning = 'pausing_soon';

/** Why the next sync is due when it is. */
export type ScheduleReason =
  /** The interval after the last one. */
  | 'interval'
  /** Longer than that, because the portal failed repeatedly. */
  | 'backoff'
  /** Sooner than that, because the last one failed for want of a worker. */
  | 'retry_soon'
  /** After the user's quiet hours. */
  | 'quiet_hours'
  /** The portal is down for many users. */
  | 'circuit_open'
  /** Somebody waits for it: the first one, the first with new credentials, or after a resume. */
  | 'awaited';

export type SyncState = 'not_connected' | 'sleeping' | 'pending' | 'running' | 'paused';

export type JobStatus = 'pending' | 'running' | 'completed' | 'failed';

/** Of a job that is not over. A user has at most one. */
export const activeStatuses = ['pending', 'running'] as const satisfies JobStatus[];

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
  /** The same as the reason `circuit_open`, for readers of the release before. */
  portalHeld?: boolean;
  /** Null where nothing is due; absent from workflows of the release before. */
  scheduleReason?: ScheduleReason | null;
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

/** What the user should be told beside the job's end, once: a warning of long failure, or the pause that followed. */
export type LongFailureNotice = SyncWarning | Extract<PausedReason, 'repeated_failure'>;
