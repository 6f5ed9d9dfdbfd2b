/** All activities, built from what they need. Only the worker's entry and the tests call these. */
import { createApplyRetention } from './apply-retention.ts';
import { createFinishBulk, createRunBulkBatch } from './bulk-operation.ts';
import { createCloseSyncJob } from './close-sync-job.ts';
import { createDeliverDue } from './deliver-due.ts';
import type { CalendarDeps, DeliveryDeps, PortalDeps, SyncDeps } from './deps.ts';
import type { CalendarActivities, DeliveryActivities, PortalActivities, SyncActivities } from '#domain/activities.ts';
import { createEndOrphans } from './end-orphans.ts';
import { createEnsureSyncs } from './ensure-syncs.ts';
import { createOpenSyncJob } from './open-sync-job.ts';
import { light } from './light.ts';
import { createPushCalendar } from './push-calendar.ts';
import { createReadBusy } from './read-busy.ts';
import { createReadSyncState } from './read-sync-state.ts';
import { createReconcileBookings } from './reconcile-bookings.ts';
import { createRecordSchedule } from './record-schedule.ts';
import { createScrapeRentals } from './scrape-rentals.ts';
import { createStopAttempt } from './stop-attempt.ts';
import { createTellOwner } from './tell-owner.ts';
import { createTellUser } from './tell-user.ts';

/** Light activities, for workers of the queues `sync` and `maintenance`. */
export function createSyncActivities(deps: SyncDeps): SyncActivities {
  const { database } = deps;
  const needed = { needed: true, database };
  return {
    readSyncState: light(createReadSyncState(deps), needed),
    openSyncJob: light(createOpenSyncJob(deps), { database }),
    reconcileBookings: light(createReconcileBookings(deps), { database }),
    closeSyncJob: light(createCloseSyncJob(deps), needed),
    recordSchedule: light(createRecordSchedule(deps), needed),
    stopAttempt: light(createStopAttempt(deps), { database }),
    tellUser: createTellUser(deps),
    tellOwner: createTellOwner(deps),
    ensureSyncs: createEnsureSyncs(deps),
    endOrphans: createEndOrphans(deps),
    applyRetention: createApplyRetention(deps),
    runBulkBatch: light(createRunBulkBatch(deps), needed),
    finishBulk: light(createFinishBulk(deps), needed),
  };
}

/** Activities that speak to receivers, for workers of the queue `delivery`. A failure of theirs is tried again without end. */
export function createDeliveryActivities(deps: DeliveryDeps): DeliveryActivities {
  return { deliverDue: light(createDeliverDue(deps), { needed: true, database: deps.database, outside: true }) };
}

/** Activities that drive a browser, for workers of the queue `portal`. */
export function createPortalActivities(deps: PortalDeps): PortalActivities {
  return { scrapeRentals: createScrapeRentals(deps) };
}

/** Activities that write into and read from calendars elsewhere, for workers of the queue `calendars`. */
export function createCalendarActivities({ database, ...deps }: CalendarDeps): CalendarActivities {
  return {
    pushCalendar: light(createPushCalendar(deps), { needed: true, database, outside: true }),
    readBusy: light(createReadBusy(deps), { database }),
  };
}
