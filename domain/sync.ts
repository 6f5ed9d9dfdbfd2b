/**
 * A sync as Temporal carries it: the answer about its state, and the requests for one. All of it is written to histories
 * and read by the version before and after: add optional fields only.
 */
import type { Phase } from './phases.ts';
import type { StatusJobView, StatusView } from './shapes/sync.ts';
import type { JobStatus, PausedReason, SyncWarning } from './sync-states.ts';

/** What a caller may ask of one sync. Old workers must understand new callers: optional fields only. */
export interface SyncOptions {
  /** Sign in afresh even where a saved portal session exists. */
  freshSession?: boolean;
  /** Only rentals that start from the beginning of the studio's today on. */
  upcomingOnly?: boolean;
  /** Only rentals that start at or after, in ISO 8601. */
  from?: string;
  /** Only rentals that start before, in ISO 8601. */
  to?: string;
  /** Say what would change, and store no booking. */
  dryRun?: boolean;
}

/** One job as the workflow knows it. */
export type SyncJobSnapshot = Omit<StatusJobView, 'errorMessage'>;

/** The answer of the `syncStatus` query. */
export interface SyncStatus
  extends Omit<StatusView, 'job' | 'live' | 'warning' | 'scheduleReason'>, Partial<Pick<StatusView, 'warning'>> {
  job: SyncJobSnapshot | null;
  /** The same as the reason `circuit_open`, for readers of the release before. */
  portalHeld?: boolean;
  /** The sync that comes after the one that runs, where one was asked for that does something else. */
  queuedJobId?: string;
  /** Absent from workflows of the release before. */
  scheduleReason?: StatusView['scheduleReason'];
}

export interface RequestSyncInput {
  /** Of a sync that is made for this request. It joins one that does as much, and comes after one that does not. */
  options?: SyncOptions;
  /** Of the signal: nobody waits for it, so it comes after all others, and only where no sync is pending or running. */
  background?: boolean;
  /** Of the update: the id of a job that is made for this request. */
  jobId?: string;
}

export interface RequestSyncResult {
  jobId: string;
  status: JobStatus;
  /** True where a sync was already pending or running and this request became part of it. */
  joined: boolean;
  /** A sync with other options is running, and this one comes after it. */
  queuedAfter?: string;
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

/** What the user should be told besides the page, once: a warning of long failure, or the pause that followed. */
export type LongFailureNotice = SyncWarning | Extract<PausedReason, 'repeated_failure'>;
