/**
 * What the workflow asks of the activities. Types only: workflow code imports this file and never an implementation.
 * Everything here is written to the history, so it holds ids, counts, phases and error kinds, and nothing else.
 * Times are epoch milliseconds, durations carry their unit. While a new version is rolled out, workflows of the old one
 * call activities of the new one and vice versa: additions are optional. An activity that is asked for something it
 * does not know yet fails, and is retried until a worker of the new version takes it.
 */
import type { Warning } from './deliveries.ts';
import type { FailureKind } from './failure-kinds.ts';
import type { PausedBy, PausedReason, ScheduleReason, SyncWarning } from './sync-states.ts';
import type { LongFailureNotice, SyncJobSnapshot, SyncOptions } from './sync.ts';

/** What the user's rows say about syncing; the workflow never caches more of it than the last answer. */
export interface SyncSettings {
  /** The user exists and has portal credentials. */
  connected: boolean;
  /** Rises each time the credentials are saved; 0 where there are none. */
  revision: number;
  intervalMinutes: number;
  /** How long one sync may take, retries included. */
  limitMs: number;
  /** Where operators have their pages, for the Temporal UI. */
  consoleUrl?: string;
}

/** Failures without a success between them. */
export interface FailureStreak {
  consecutiveFailures: number;
  /** Since when no sync has succeeded; null while they succeed. */
  failingSince: number | null;
  warning: SyncWarning | null;
}

/** All that a workflow that lost its state (terminated, new cluster) needs to go on as before. */
export interface StoredSyncState extends SyncSettings, FailureStreak {
  /** The revision that the last sync used; null before the first. */
  lastRevision: number | null;
  nextSyncAt: number | null;
  lastSyncAt: number | null;
  pausedReason: PausedReason | null;
  lastJob: SyncJobSnapshot | null;
  scheduleReason?: ScheduleReason | null;
  /** When the user's own pause ends by itself. */
  pausedUntil?: number | null;
  /** Who made that pause; null where the user did. */
  pausedBy?: PausedBy | null;
  /** The `now` of the last write of the schedule; null where there was none. */
  scheduleAsOf?: number | null;
}

/** What makes a change of the schedule: see `domain/schedule.ts`, which decides what comes of it. */
export interface ScheduleInput {
  /**
   * The server's time, since a worker's clock may be wrong. It rises with each call of a workflow, so that an activity
   * that was thought lost overwrites nothing that came after it. Absent from workflows of the release before.
   */
  now?: number;
  /** The user ended a pause; applied before everything else. */
  resumed?: boolean;
  /** The user paused; applied after everything else. */
  paused?: boolean;
  /** When that pause ends by itself; absent where it does not. */
  pausedUntil?: number | null;
  /** Who paused in the user's place. */
  pausedBy?: PausedBy | null;
  /** The user's own pause ended by itself; applied before everything else. */
  pauseEnded?: boolean;
}

export interface OpenSyncJobInput extends Pick<SyncJobSnapshot, 'triggeredManually'> {
  userId: string;
  jobId: string;
  /** Nobody waits for this sync, so quiet hours and the portal's circuit may put it off. */
  deferrable?: boolean;
  /** The workflow's schedule says that it is time, and nothing else. */
  due?: boolean;
  /** From workflows of the release before: a number where the sync may be put off. */
  holdUntil?: number | null;
  /** See {@link ScheduleInput}. */
  now?: number;
}

export interface OpenedSyncJob extends SyncSettings {
  /** The sync was put off until then, and no job was made. */
  heldUntil?: number | null;
  /** Why, for workflows of the release before. */
  heldBy?: 'portal' | 'quiet_hours';
  scheduleReason?: ScheduleReason | null;
  /** The id of the job, where the given id belongs to a job that has ended. */
  jobId?: string;
  /** Syncing is paused, which the workflow did not know. */
  pausedReason?: PausedReason;
  pausedUntil?: number | null;
  pausedBy?: PausedBy | null;
}

export interface ScrapeRentalsInput {
  userId: string;
  jobId: string;
  /** 1 for the first attempt of a job. Decided by the workflow, which owns the retries. */
  attempt: number;
  /** The time left for this attempt. It ends itself shortly before, keeping what it has read. */
  budgetMs: number;
  options: SyncOptions;
  /** What the earlier attempts failed as, so that this one can say what follows if it fails as well. */
  failures?: FailureKind[];
}

export interface ScrapeRentalsResult {
  attempt: number;
  /** Staged rows of this attempt. */
  count: number;
  /** The whole list was read. */
  complete: boolean;
  /** Only a part of the list was wanted, and all of that was read. Nothing is known of the rest, so `complete` is false. */
  partRead?: boolean;
  /** Rows that were seen but could not be read completely. */
  unreadable: number;
  /** The credentials' revision that was used. */
  revision: number;
}

/** The details of an `ApplicationFailure` that an attempt throws; its `type` is the failure kind. */
export interface ScrapeFailureDetails {
  revision: number | null;
  /** The portal said how long to wait. */
  retryAfterMs?: number;
  /** The worker gave the attempt back before it began: it says nothing about the portal and uses up no retry. */
  notBegun?: true;
}

export interface ReconcileBookingsInput {
  userId: string;
  jobId: string;
  attempt: number;
  count: number;
  complete: boolean;
  partRead?: boolean | undefined;
  unreadable: number;
  /** An earlier reading of this job wanted confirmation; this later one decides. */
  confirmed: boolean;
  /** This reading wanted confirmation and got none, so it no longer counts as complete. */
  unconfirmed?: boolean;
  /** Nothing is to be stored. The job knows it too, unless a worker of the release before began the attempt. */
  dryRun?: boolean;
}

export type ReconcileBookingsResult =
  | {
      outcome: 'stored';
      /** Rentals on the portal that are stored. */
      bookingsSynced: number;
      /** All rows on the portal, those that could not be stored included. Absent from activities of the release before. */
      listed?: number | null;
      added: number;
      changed: number;
      removed: number;
      /** The list was not complete or not confirmed, or rows could not be read. */
      partial: boolean;
    }
  /** Nothing was written: the list lacks bookings in a way that wants a second, fresh reading first. */
  | { outcome: 'wants_confirmation' };

export interface CloseSyncJobInput
  extends ScheduleInput, Pick<SyncJobSnapshot, 'triggeredManually' | 'errorCode' | 'bookingsSynced' | 'partial'> {
  userId: string;
  jobId: string;
  /** Somebody asked for a sync while this one was under way, and was given this one. */
  joined?: boolean;
  status: 'completed' | 'failed';
  completedAt: number;
  /** It completed, but read a part of the list or stored nothing: the schedule and the last sync stay as they are. */
  part?: boolean;
  /** See {@link ReconcileBookingsResult}. */
  listed?: number | null;
  /** The revision that the sync used; null where it did not get so far. */
  revision: number | null;
  /** From workflows of the release before, which kept the user's pause to themselves while a sync ran. */
  pausedReason?: PausedReason | null;
}

/** What `closeSyncJob` decided in its transaction, where it sees the newest settings. */
export interface ClosedSyncJob extends SyncSettings {
  nextSyncAt: number | null;
  pausedReason: PausedReason | null;
  pausedUntil?: number | null;
  pausedBy?: PausedBy | null;
  scheduleReason?: ScheduleReason | null;
  /** The revision that the last sync used. */
  lastRevision?: number | null;
  /** Failures in a row, counted for the credentials of now. */
  streak?: FailureStreak;
  /** The portal refused new credentials, or the user cancelled their trial: the earlier ones stay, and so does their schedule. */
  trialEnded?: boolean;
}

/** What changed outside a sync. */
export interface RecordScheduleInput extends ScheduleInput {
  userId: string;
  /** Interval, quiet hours or credentials were saved. */
  settingsChanged?: boolean;
  /** The interval that the workflow knows. */
  intervalMinutes?: number;
  /** From workflows of the release before, which decided by themselves. */
  nextSyncAt?: number | null;
  pausedReason?: PausedReason | null;
  streak?: FailureStreak;
}

/** The schedule as it was written, and the settings that decided it; those are absent from activities of the release before. */
export interface RecordedSchedule extends Partial<Omit<ClosedSyncJob, 'nextSyncAt' | 'trialEnded'>> {
  nextSyncAt: number | null;
}

/** What the reconciler did. */
export interface EnsuredSyncs {
  /** Workflows that were missing or had failed. */
  started: number;
  /** Workflows that let a sync fall overdue because they were not told of new settings. */
  told: number;
  /** Runs whose workflow tasks failed, which were ended and started anew from PostgreSQL. */
  replaced: number;
  /** Such runs that were left alone: they failed again soon after that, or there were too many at once. */
  stuck: number;
  /** Users whose workflow could not be reached; the next run looks after them. */
  unreachable: number;
  /** Jobs that a crash had left over. */
  interrupted: number;
  /** Targets whose deliveries should have been tried by now. */
  delivering: number;
}

/** Workflows without a user. */
export interface EndedOrphans {
  /** Ended when they were told to. */
  stopped: number;
  /** Did not end when they were told to. */
  terminated: number;
}

/** Rows and files that were past their time. */
export interface DeletedByRetention {
  logs: number;
  staged: number;
  jobs: number;
  changes: number;
  events: number;
  devices?: number;
  /** Call sheets. */
  sheets?: number;
  keyCalls?: number;
  /** Bulk operations and the users they were about. */
  bulks?: number;
  sessions: number;
  artifacts: number;
}

/** The result of one turn of writing into a calendar. */
export interface PushedSlice {
  /** Events that were written, removed or given up. */
  done: number;
  /** `nothing`: it is as it should be, or waits for the person, or is no longer connected. */
  next: 'more' | 'nothing';
  /** The person's busy times are to be read as well. */
  reads?: boolean;
  /** With `nothing`: some events wait, and are to be tried again after this time. */
  againInMs?: number;
}

/** Light activities on the queue `sync`. */
export interface SyncActivities {
  /**
   * The stored state, with what is due for a workflow that begins at `now`, the server's time. A user that does not exist
   * is `connected: false`.
   */
  readSyncState(input: { userId: string; now?: number }): Promise<StoredSyncState>;
  /**
   * Inserts the job as `pending`, once; closes any other active job of the user as `interrupted`. Without credentials no
   * job is made, nor where the sync is put off.
   */
  openSyncJob(input: OpenSyncJobInput): Promise<OpenedSyncJob>;
  /** One transaction, once a job: see `ReconcileBookingsResult`. Throws non-retryably where the staged count is not `count`. */
  reconcileBookings(input: ReconcileBookingsInput): Promise<ReconcileBookingsResult>;
  /** Makes the job final and the schedule with it, in one transaction, once; notifies the watchers. */
  closeSyncJob(input: CloseSyncJobInput): Promise<ClosedSyncJob>;
  /** Writes what a pause, a resume or new settings make of the schedule. Undefined where there is no such user. */
  recordSchedule(input: RecordScheduleInput): Promise<RecordedSchedule | undefined>;
  /** Tells this attempt of a job, and all before it, to stop. */
  stopAttempt(input: { jobId: string; attempt: number }): Promise<void>;
  /** Tells a user of long failure, besides the page. */
  tellUser(input: { userId: string; notice: LongFailureNotice }): Promise<void>;
  /** Tells the owner of a target that its deliveries fail. */
  tellOwner(input: { targetId: string; warning: Warning }): Promise<void>;
  /** Starts missing workflows, tells overdue ones, replaces stuck ones, closes the jobs that a crash left over. */
  ensureSyncs(): Promise<EnsuredSyncs>;
  /** Ends the workflows whose user is gone. */
  endOrphans(): Promise<EndedOrphans>;
  /** Deletes what ended before the configured number of days. `now` is the server's time, in epoch ms. */
  applyRetention(input: { now: number }): Promise<DeletedByRetention>;
  /** Does what an operator ordered to the next users of the operation. `left`: how many remain after them. */
  runBulkBatch(input: { bulkId: string; limit: number }): Promise<{ done: number; skipped: number; left: number }>;
  finishBulk(input: { bulkId: string; state: 'completed' | 'canceled' }): Promise<void>;
}

/** Activities on the queue `delivery`: they speak to receivers. */
export interface DeliveryActivities {
  /**
   * Tries what is due for the target. Answers when to come back (null where nothing waits or the target does not exist) and what
   * its owner is to be told.
   */
  deliverDue(input: { targetId: string }): Promise<{ waitMs: number | null; warning?: Warning }>;
}

/** Activities on the queue `portal`: they own the browser. */
export interface PortalActivities {
  /**
   * Reads the rentals of one user from the portal into `staged_rentals`. Tells the workflow that it has begun, writes down
   * how far it is, stops its browser context when cancelled. Fails with an `ApplicationFailure` whose type is a `FailureKind`,
   * never retryable by the server: the workflow decides on another attempt.
   */
  scrapeRentals(input: ScrapeRentalsInput): Promise<ScrapeRentalsResult>;
}

/** Activities on the queue `calendars`: they open sealed passwords and speak to calendar servers. */
export interface CalendarActivities {
  /**
   * Spends some seconds correcting a connected calendar; takes our events out of one that is being
   * disconnected. Fails with an `ApplicationFailure` whose type is a `CalendarFailureCode` where it is to be tried again.
   */
  pushCalendar(input: { connectionId: string }): Promise<PushedSlice>;
  /** Reads, from the calendars that the person chose, what they have at the times of their rentals. Nothing waits for it. */
  readBusy(input: { connectionId: string }): Promise<void>;
}
