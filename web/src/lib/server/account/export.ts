/** All of a user's data in one document. */
import { listAllJobLogs } from '#db/queries/job-log-export.ts';
import { listApiKeys } from '../auth/api-keys.ts';
import { listOwnKeyCalls } from '../audit/audit.ts';
import type { Session } from '../auth/session.ts';
import { listSessions } from '../auth/sessions.ts';
import { listBookings } from '../bookings/bookings.ts';
import { listCalendarConnections } from '../calendar/connections.ts';
import { listFeeds } from '../calendar/feeds.ts';
import { exportCallSheets } from '../call-sheets/sheets.ts';
import { listChanges } from '../changes/changes.ts';
import { readBudget } from '#db/queries/costs.ts';
import { listDeliveries, listEvents } from '../deliveries/deliveries.ts';
import { listGroups, readGroup } from '../groups/groups.ts';
import { readPortalAccount } from '../portal-account/portal-account.ts';
import type { Services } from '../services.ts';
import { listHistory } from '../sync/history.ts';
import { readSchedule } from '../sync/schedule.ts';
import { readNotifications } from '../notices/notices.ts';
import { listDevices } from '../push/push-devices.ts';
import { listWebhooks } from '../webhooks/webhooks.ts';
import { readProfile } from './profile.ts';
import { readSettings } from './settings.ts';

const pageSize = 1_000;

/** Throws `rate_limited`: it reads everything. */
export async function exportAccount(services: Services, session: Session) {
  const { id } = session.user;
  await services.limits.take('export', id);
  const page = (cursor: string | null) => ({ limit: pageSize, cursor });
  return {
    exportedAt: new Date(),
    profile: await readProfile(services, session),
    settings: await readSettings(services, id),
    budget: await readBudget(services.orm.em.fork(), id),
    schedule: await readSchedule(services, id),
    portalAccount: await readPortalAccount(services, id),
    bookings: await allPages(async (cursor) => {
      const { bookings, nextCursor } = await listBookings(services, id, page(cursor));
      return { rows: bookings, nextCursor };
    }),
    changes: await allPages(async (cursor) => {
      const { changes, nextCursor } = await listChanges(services, id, page(cursor));
      return { rows: changes, nextCursor };
    }),
    jobs: await allPages(async (cursor) => {
      const { jobs, nextCursor } = await listHistory(services, id, page(cursor));
      return { rows: jobs, nextCursor };
    }),
    jobLogs: await listAllJobLogs(services.orm.em.fork(), id),
    calendarFeeds: await listFeeds(services, id),
    callSheets: await exportCallSheets(services, id),
    events: await allPages(async (cursor) => {
      const { events, nextCursor } = await listEvents(services, id, page(cursor));
      return { rows: events, nextCursor };
    }),
    deliveries: await allPages(async (cursor) => {
      const { deliveries, nextCursor } = await listDeliveries(services, id, page(cursor));
      return { rows: deliveries, nextCursor };
    }),
    calendarConnections: await listCalendarConnections(services, id),
    groups: await exportGroups(services, id),
    webhooks: await listWebhooks(services, id),
    notifications: await readNotifications(services, id),
    pushDevices: (await listDevices(services, session)).subscriptions,
    sessions: await listSessions(services, session),
    apiKeys: await listApiKeys(services, id),
    apiKeyCalls: await allPages(async (cursor) => {
      const { entries, nextCursor } = await listOwnKeyCalls(services, id, page(cursor));
      return { rows: entries, nextCursor };
    }),
  };
}

/** Those of others without what is their owners'. */
async function exportGroups(services: Services, userId: string) {
  const found = await listGroups(services, userId);
  return Promise.all(found.map(({ id }) => readGroup(services, userId, id)));
}

async function allPages<Row>(
  read: (cursor: string | null) => Promise<{ rows: Row[]; nextCursor: string | null }>,
): Promise<Row[]> {
  const all: Row[] = [];
  let cursor: string | null = null;
  do {
    const { rows, nextCursor } = await read(cursor);
    all.push(...rows);
    cursor = nextCursor;
  } while (cursor !== null);
  return all;
}
