/** What the web and the reconciler may ask of the users' workflows. `temporal/` carries it out. */
import type { DeliveryTurn } from './deliveries.ts';
import type { BulkAction } from './bulk.ts';
import { pausingKinds } from './failure-kinds.ts';
import type { PausedBy, PausedReason } from './sync-states.ts';
import type { RequestSyncInput, RequestSyncResult, SyncStatus } from './sync.ts';

/** Why a workflow takes no request for a sync. */
export const refusalCodes = ['no_credentials', ...pausingKinds, 'paused', 'other_sync_waits'] as const;
export type RefusalCode = (typeof refusalCodes)[number];

/** A failure that only the user can mend is named; any other pause is one. */
export function refusalOf(reason: PausedReason | 'no_credentials'): RefusalCode {
  return refusalCodes.find((code) => code === reason) ?? 'paused';
}

/** Every verb throws `TemporalUnavailableError` past its deadline. */
export interface SyncClient {
  /** Sync now, starting the user's workflow where there is none. Throws `SyncRefusedError`. */
  requestSync(userId: string, input?: RequestSyncInput): Promise<RequestSyncResult>;
  /** Interval or credentials were saved: starts the workflow where there is none. */
  settingsChanged(userId: string): Promise<void>;
  /** Sync when nobody else wants a browser. No effect while a sync is pending or running, or while syncing is paused. */
  syncInBackground(userId: string): Promise<void>;
  /** No effect where no sync is pending or running. */
  cancelSync(userId: string, jobId?: string): Promise<void>;
  /** Until `resume`, or until the given time. Without `by`: as the user wished. */
  pause(userId: string, options?: { until?: Date; by?: PausedBy }): Promise<void>;
  resume(userId: string): Promise<void>;
  /** Ends the workflow for good. No effect where there is none. */
  stop(userId: string): Promise<void>;
  /** There may be something to send to a delivery target: starts its workflow, or wakes it. Without a turn it has a usual one. */
  deliver(targetId: string, turn?: DeliveryTurn): Promise<void>;
  /** Null where the user has no workflow, or one that has not yet read what the database remembers. */
  readStatus(userId: string): Promise<SyncStatus | null>;
}

/** What keeps connected calendars up to date. Throws `TemporalUnavailableError` past its deadline. */
export interface CalendarPushes {
  /** Starts the calendar's workflow, or tells it that there is more. With `again`: at once, even while it waits to try again. */
  pushCalendar(connectionId: string, options?: { again?: boolean }): Promise<void>;
  /** Starts the calendar's workflow where none runs. */
  ensurePush(connectionId: string): Promise<void>;
}

export interface BulkOrder {
  bulkId: string;
  action: BulkAction;
  total: number;
  /** Users, at most. */
  ratePerMinute: number;
}

/** What operators do to many users. Throws `TemporalUnavailableError` past its deadline. */
export interface BulkOperations {
  /** Once: a second call does nothing. */
  startBulk(order: BulkOrder): Promise<void>;
  /** False where it has ended, or never began. */
  cancelBulk(bulkId: string): Promise<boolean>;
  /** How far it is; null where nobody knows it. */
  readBulk(bulkId: string): Promise<{ done: number; skipped: number } | null>;
}

/** A run whose workflow tasks fail again and again, so that it never goes on by itself. */
export interface StuckRun {
  is: 'stuck';
  runId: string;
  /** What the worker answered to its last task. */
  reason: string;
  /** The first failure since a task succeeded. */
  since: Date;
  /** When it was started to replace another run that was stuck; null for all others. */
  replacedAt: Date | null;
}

/** How a user's newest run stands. The answer is the server's: no worker is asked. */
export type RunHealth =
  /** There is none, or it has ended. */
  | { is: 'missing' }
  /** Nothing is queued or under way: it waits for a timer or a message. */
  | { is: 'asleep' }
  /** A task or an activity waits for a worker, runs, or will be repeated; or an operator paused it. */
  | { is: 'busy' }
  /** Its task was taken again and again without an answer. A message makes the server record what comes of the next one. */
  | { is: 'silent' }
  | StuckRun;

/** For the reconciler, which sees all users' workflows. Each call but the lists has the deadline of a verb. */
export interface SyncRuns {
  readRun(userId: string): Promise<RunHealth>;
  /** Users whose run the server reports as stuck or silent. The list lags behind: ask `readRun`. */
  listStuck(limit: number): Promise<string[]>;
  /** The users of all running workflows, page by page. */
  listRunning(): AsyncIterable<string[]>;
  /** Ends this very run and restarts the workflow from what PostgreSQL remembers. False where it has ended by itself. */
  replaceRun(userId: string, run: Pick<StuckRun, 'runId' | 'reason'>): Promise<boolean>;
  /** Whether a worker takes this run's tasks and succeeds, within that time. */
  answers(userId: string, withinMs: number): Promise<boolean>;
  /** Waits for the end of the workflow, however it comes. False where it still runs when `signal` aborts. */
  hasEnded(userId: string, signal: AbortSignal): Promise<boolean>;
  /** False where it has ended by itself. */
  terminate(userId: string, reason: string): Promise<boolean>;
}
