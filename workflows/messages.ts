/**
 * The contract of the workflows `userSync` and `pushCalendar`: input, signals, update and query. No workflow code is
 * imported here, so that the web and the worker speak to the workflow through the same types.
 */
import type { DeliveryTurn } from '#domain/deliveries.ts';
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { BulkState } from '#domain/bulk.ts';
import type { PausedBy, PausedReason, ScheduleReason, SyncWarning } from '#domain/sync-states.ts';
import type {
  LongFailureNotice,
  ProgressReport,
  RequestSyncInput,
  RequestSyncResult,
  SyncJobSnapshot,
  SyncOptions,
  SyncStatus,
} from '#domain/sync.ts';

/** A request that waits for its run. */
export interface PendingRequest extends Pick<SyncJobSnapshot, 'triggeredManually'> {
  jobId: string;
  options: SyncOptions;
  /** Cancelled before its run began, and not asked for again; the run only closes its job. */
  cancelled?: boolean;
  /** Nobody waits for it, and all others go first. */
  background?: boolean;
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
  /** When the user's own pause ends by itself. */
  pausedUntil?: number | null;
  /** Who made that pause; null where the user did. */
  pausedBy?: PausedBy | null;
  consecutiveFailures: number;
  /** Since when no sync has succeeded; null while they succeed. */
  failingSince?: number | null;
  warning?: SyncWarning | null;
  /** Why the next sync is due when it is; absent where the release before wrote it. */
  scheduleReason?: ScheduleReason | null;
  /** The `now` of the last call that wrote the schedule. */
  scheduleAsOf?: number | null;
  /** The release before says by this that the portal's circuit put off the next sync. */
  portalHeld?: boolean;
  lastJob: SyncJobSnapshot | null;
  pending: PendingRequest | null;
  /** Where operators have their pages. */
  consoleUrl?: string;
  /** What the user still has to be told. */
  untold?: LongFailureNotice | null;
}

export interface UserSyncInput {
  userId: string;
  /** Absent in the first run: the workflow then reads what PostgreSQL remembers. */
  state?: CarriedState;
  /** The times of `state` in words, for who looks at a run's input in the Temporal UI. Written, and never read. */
  times?: Record<string, string>;
}

/**
 * Sync now, and say which job answers the request. While a sync is pending or running: joins it. Once that sync is
 * being stopped or its job closed: gets a new job. Refused, with the reason as the failure's type, while syncing is paused or no
 * portal account is connected.
 */
export const requestSync = defineUpdate<RequestSyncResult, [RequestSyncInput?]>('requestSync');

/** The same for operators and scripts, without an answer; with `background` it never joins a sync. While a sync is pending or running: joins it. While paused: has no effect. */
export const syncNow = defineSignal<[RequestSyncInput?]>('syncNow');

/** Stops the pending or running sync; its job fails as `cancelled`. With a job id: only that job. While none runs: has no effect. */
export const cancelSync = defineSignal<[{ jobId?: string }?]>('cancelSync');

export interface PauseInput {
  /** Epoch ms. */
  until?: number;
  /** Absent where the user wants it. */
  by?: PausedBy;
}

/** No more syncs until `resume`, or until the given time, by this workflow's own timer. A running sync goes on to its end. */
export const pause = defineSignal<[PauseInput?]>('pause');

/** Ends a pause of any reason, and failures are counted from zero. A sync that fell due meanwhile, or that failed into the pause, starts at once, even in quiet hours. */
export const resume = defineSignal('resume');

/** Interval or credentials changed. While a sync runs: read when it ends, and new credentials make the next sync due at once. */
export const settingsChanged = defineSignal('settingsChanged');

/** From the running attempt, when it begins; attempts of the release before report progress, too. Reports of another job, of an older attempt or out of order are dropped. */
export const reportProgress = defineSignal<[ProgressReport]>('reportProgress');

/** The account is deleted: stops a running sync and completes the workflow for good. */
export const stop = defineSignal('stop');

/** The input of the workflow `deliver`. */
export interface DeliverInput {
  targetId: string;
  turn?: DeliveryTurn;
}

/** To `deliver`: there may be something new to send. While it sends: it looks once more before it ends. */
export const somethingToDeliver = defineSignal('somethingToDeliver');

/** How far a bulk operation is. */
export interface BulkProgress {
  state: BulkState;
  total: number;
  done: number;
  skipped: number;
}

export interface BulkOperationInput {
  bulkId: string;
  total: number;
  ratePerMinute: number;
  /** What the earlier runs did. */
  progress?: BulkProgress;
}

/** Answers while it runs and afterwards. */
export const bulkProgress = defineQuery<BulkProgress>('bulkProgress');

export interface PushCalendarInput {
  connectionId: string;
  /** How many turns it has taken without a pause. */
  turns?: number;
}

/** Something changed that is to be written into the calendar. With `again`: at once, even while it waits to try again. */
export const pushNow = defineSignal<[{ again?: boolean }?]>('pushNow');

/**
 * Where the sync stands. Answers in every state, even right after continue-as-new. Null while a workflow that began without
 * a state has not yet read what PostgreSQL remembers: it knows nothing then.
 */
export const syncStatus = defineQuery<SyncStatus | null>('syncStatus');
