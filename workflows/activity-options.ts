/** The activities as the workflow calls them, grouped by timeout and retry policy, with the reason for each number. */
import { ActivityCancellationType, proxyActivities } from '@temporalio/workflow';
import type { ActivityOptions } from '@temporalio/workflow';
import type { PortalActivities, SyncActivities } from '#domain/activities.ts';
import { bulkPriority, portalQueue, syncQueue } from './names.ts';

/** Several missed heartbeats, at the throttles of `temporal/worker.ts`: a busy event loop is not a dead worker. */
const heartbeatTimeout = '15s';

/** Whose task a worker takes first, on each queue. What somebody waits for never stands behind what is merely due. */
const priorities = { awaited: 1, retry: 2, usual: 3, background: bulkPriority } as const;

/**
 * Light activities: a few statements in PostgreSQL. A database that is away holds a sync up, and fails it only where it
 * stays away beyond the limit while the rentals are stored: it is tried again without end, after half the time that it has
 * been away for, and at least once a minute. Other errors say themselves how often they are tried: `activities/light.ts`.
 */
const light = {
  taskQueue: syncQueue,
  startToCloseTimeout: '30s',
  heartbeatTimeout,
  retry: { initialInterval: '200ms', backoffCoefficient: 1.5, maximumInterval: '1m' },
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
} as const satisfies ActivityOptions;

function lightActivity<Name extends keyof SyncActivities>(name: Name, options: ActivityOptions) {
  const withPriority = (priority: keyof typeof priorities) =>
    proxyActivities<SyncActivities>({ ...light, priority: { priorityKey: priorities[priority] }, ...options })[name];
  return { awaited: withPriority('awaited'), usual: withPriority('usual') };
}

/** Somebody waits for what they changed. */
export const { awaited: recordSchedule } = lightActivity('recordSchedule', { summary: 'Record the schedule' });

export const { usual: readSyncState } = lightActivity('readSyncState', { summary: 'Read the schedule' });

export const openSyncJob = lightActivity('openSyncJob', { summary: 'Open the job' });

export const closeSyncJob = lightActivity('closeSyncJob', { summary: 'Close the job' });

/** What the limit leaves for storing, at least. */
const shortestStoringMs = 30_000;

export function storeActivity(budgetMs: number) {
  return lightActivity('reconcileBookings', {
    // 5,000 rentals take a second; a lock that another transaction holds may take longer.
    startToCloseTimeout: '60s',
    scheduleToCloseTimeout: Math.max(budgetMs, shortestStoringMs),
    summary: 'Store the rentals and what changed',
  });
}

/** The attempt hears of a cancel by its heartbeats too, up to five seconds later: this is only sooner. */
export const { awaited: stopAttempt } = lightActivity('stopAttempt', {
  startToCloseTimeout: '5s',
  retry: { maximumAttempts: 1 },
  summary: 'Tell the attempt to stop',
});

export const { tellUser } = proxyActivities<SyncActivities>({
  taskQueue: syncQueue,
  startToCloseTimeout: '1m',
  scheduleToCloseTimeout: '1d',
  retry: { initialInterval: '10s', backoffCoefficient: 2, maximumInterval: '30m' },
  priority: { priorityKey: priorities.usual },
  summary: 'Tell the user of long failure',
});

/** While somebody waits: a first attempt that no worker takes within this time fails as `no_capacity`. */
const longestQueueing = '10m';

/** The activity ends itself before its budget; the server's limit is only for code that hangs. */
const hangMarginMs = 20_000;

export interface AttemptOptions {
  userId: string;
  attempt: number;
  budgetMs: number;
  /** An attempt of this sync has begun, so its time is running. */
  isRetry: boolean;
  /** Somebody waits for this sync. */
  isAwaited: boolean;
  /** It is one of many that an operator asked for. */
  isBackground: boolean;
}

/** One attempt at reading the portal. Never retried by the server: the workflow owns the retries, see `sync-attempts.ts`. */
export function scrapeActivity({ userId, attempt, budgetMs, isRetry, isAwaited, isBackground }: AttemptOptions) {
  const priority = isAwaited ? 'awaited' : isRetry ? 'retry' : isBackground ? 'background' : 'usual';
  return proxyActivities<PortalActivities>({
    taskQueue: portalQueue,
    startToCloseTimeout: budgetMs + hangMarginMs,
    // What is merely due waits for its turn, however long that takes.
    ...(isRetry
      ? { scheduleToStartTimeout: budgetMs, scheduleToCloseTimeout: budgetMs + hangMarginMs }
      : isAwaited && { scheduleToStartTimeout: longestQueueing }),
    heartbeatTimeout,
    retry: { maximumAttempts: 1 },
    // The default only tries: the next attempt would start while this one's browser is still signed in.
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    priority: { priorityKey: priorities[priority], fairnessKey: userId },
    summary:
      attempt === 1 ? 'Read the rentals from the portal' : `Read the rentals from the portal, attempt ${attempt}`,
  }).scrapeRentals;
}
