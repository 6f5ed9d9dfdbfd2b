/** The activities as the workflow calls them, grouped by timeout and retry policy, with the reason for each number. */
import { ActivityCancellationType, proxyActivities } from '@temporalio/workflow';
import type { PortalActivities, SyncActivities } from '#domain/activities.ts';
import { portalQueue, syncQueue } from './names.ts';

/** Several missed heartbeats, at the throttles of `temporal/worker.ts`: a busy event loop is not a dead worker. */
const heartbeatTimeout = '15s';

/**
 * Light activities: a few statements in PostgreSQL. A database that is away holds a sync up, and breaks it only where it
 * stays away beyond the limit while the rentals are stored: it is tried again without end, after half the time that it has
 * been away for, and at least once a minute. What else goes wrong says itself how often it is tried: `activities/light.ts`.
 */
const light = {
  taskQueue: syncQueue,
  startToCloseTimeout: '30s',
  heartbeatTimeout,
  retry: { initialInterval: '200ms', backoffCoefficient: 1.5, maximumInterval: '1m' },
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
} as const;

export const { readSyncState, recordSchedule } = proxyActivities<SyncActivities>({
  ...light,
  summary: 'Read or record the schedule',
});

export const { openSyncJob } = proxyActivities<SyncActivities>({ ...light, summary: 'Open the job' });

export const { reconcileBookings } = proxyActivities<SyncActivities>({
  ...light,
  // 5,000 rentals take a second; a lock that another transaction holds may take longer.
  startToCloseTimeout: '60s',
  summary: 'Store the rentals and what changed',
});

export const { closeSyncJob } = proxyActivities<SyncActivities>({ ...light, summary: 'Close the job' });

export const { tellUser } = proxyActivities<SyncActivities>({
  taskQueue: syncQueue,
  startToCloseTimeout: '1m',
  scheduleToCloseTimeout: '1d',
  retry: { initialInterval: '10s', backoffCoefficient: 2, maximumInterval: '30m' },
  summary: 'Tell the user of long failure',
});

/** A first attempt that no worker takes within this time fails as `no_capacity`. */
const longestQueueing = '10m';

/** The activity ends itself before its budget; the server's limit is only for code that hangs. */
const hangMarginMs = 20_000;

export interface AttemptOptions {
  attempt: number;
  budgetMs: number;
  triggeredManually: boolean;
}

/** One attempt at reading the portal. Never retried by the server: the workflow owns the retries, see `sync-run.ts`. */
export function scrapeActivity({ attempt, budgetMs, triggeredManually }: AttemptOptions) {
  return proxyActivities<PortalActivities>({
    taskQueue: portalQueue,
    scheduleToStartTimeout: attempt === 1 ? longestQueueing : budgetMs + hangMarginMs,
    startToCloseTimeout: budgetMs + hangMarginMs,
    heartbeatTimeout,
    retry: { maximumAttempts: 1 },
    // The default only tries: the next attempt would start while this one's browser is still signed in.
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    // Somebody waits for a manual sync: it goes before the scheduled ones (1 is first, 3 is the default).
    priority: { priorityKey: triggeredManually ? 1 : 3 },
    summary:
      attempt === 1 ? 'Read the rentals from the portal' : `Read the rentals from the portal, attempt ${attempt}`,
  }).scrapeRentals;
}
