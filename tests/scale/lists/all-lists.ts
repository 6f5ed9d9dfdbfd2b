/** Everything that is read of all users together: by operators, by the reconciler, by what is scraped. */
import { listAuditEntries } from '#db/queries/audit.ts';
import { listBulks, previewBulk } from '#db/queries/bulk-operations.ts';
import { listOverduePushes } from '#db/queries/calendar-connections.ts';
import { readDayFigures } from '#db/queries/day-figures.ts';
import { listOverdueTargets } from '#db/queries/delivery-rounds.ts';
import { listLongActiveJobs } from '#db/queries/left-over-jobs.ts';
import { countUsers, listUsers, readOperatedUser, type UserFilter } from '#db/queries/operate.ts';
import { listEndedPauses, listOverdue } from '#db/queries/overdue-syncs.ts';
import { countSlowSyncs } from '#db/queries/portal-health.ts';
import { listForgottenReminders } from '#db/queries/reminders.ts';
import { listOldJobs } from '#db/queries/retention.ts';
import { readDeliveryFigures } from '#db/queries/delivery-figures.ts';
import { readSyncFigures } from '#db/queries/sync-figures.ts';
import { listJobs } from '#db/queries/sync-jobs.ts';
import { whichExist } from '#db/queries/users.ts';
import type { EntityManager } from '#db/orm.ts';

export interface Read {
  what: string;
  /** Why it may look at everybody, and how often it does. */
  wholeFor?: string;
  run(em: EntityManager): Promise<unknown>;
}

const filters: Record<string, UserFilter> = {
  all: {},
  sleeping: { state: 'sleeping' },
  paused: { state: 'paused' },
  running: { state: 'running' },
  pending: { state: 'pending' },
  'not connected': { state: 'not_connected' },
  'that fail': { errorCode: 'portal_unavailable' },
  'that are paused and fail': { state: 'paused', errorCode: 'invalid_credentials' },
};

const limit = 50;
const minuteMs = 60_000;

export function allReads(userIds: string[], email: string): Read[] {
  const hourAgo = new Date(Date.now() - 60 * minuteMs);
  const operated = Object.entries(filters).map(([name, filter]): Read => ({
    what: `operators: users ${name}, two pages`,
    run: (em) => twoPages(em, filter),
  }));
  return [
    ...operated,
    { what: 'operators: a user by e-mail', run: (em) => listUsers(em, { email, limit }) },
    { what: 'operators: one user', run: (em) => readOperatedUser(em, userIds[0]!) },
    { what: 'operators: the syncs of one user', run: (em) => listJobs(em, userIds[0]!, { limit }) },
    {
      what: 'operators: how many users stand where',
      wholeFor: 'a count, at a look at the page',
      run: (em) => countUsers(em),
    },
    { what: 'operators: the audit log', run: (em) => listAuditEntries(em, { limit }) },
    { what: 'operators: bulk operations', run: (em) => listBulks(em, 20) },
    {
      what: 'operators: whom a bulk operation would be about',
      wholeFor: 'a count, at a press of a button',
      run: (em) => previewBulk(em, { action: 'pause', query: { state: 'sleeping' }, limit }),
    },
    {
      what: 'operators: the last 24 hours',
      wholeFor: 'a count of a day, at a look at the page',
      run: (em) => readDayFigures(em, new Date()),
    },
    { what: 'dashboards: whether the portal is slow', run: (em) => countSlowSyncs(em, new Date()) },
    { what: 'metrics: accounts and ages', wholeFor: 'a count, at each scrape', run: (em) => readSyncFigures(em) },
    { what: 'metrics: deliveries', wholeFor: 'a count, at each scrape', run: (em) => readDeliveryFigures(em) },
    { what: 'reconciler: overdue syncs', run: (em) => listOverdue(em, null, 500) },
    {
      what: 'reconciler: overdue syncs, a later page',
      run: (em) => listOverdue(em, { userId: userIds[0]!, dueAt: new Date().toISOString() }, 500),
    },
    { what: 'reconciler: pauses that have ended', run: (em) => listEndedPauses(em, 1_000) },
    { what: 'reconciler: jobs that are active for long', run: (em) => listLongActiveJobs(em, 20 * minuteMs, 5_000) },
    { what: 'reconciler: overdue deliveries', run: (em) => listOverdueTargets(em, minuteMs, 1_000) },
    {
      what: 'reconciler: forgotten reminders',
      wholeFor: 'who wants reminders, every five minutes',
      run: (em) => listForgottenReminders(em, minuteMs, 1_000),
    },
    { what: 'reconciler: overdue calendars', run: (em) => listOverduePushes(em, hourAgo, 1_000) },
    { what: 'reconciler: which of 100 exist', run: (em) => whichExist(em, userIds.slice(0, 100)) },
    {
      what: 'retention: jobs past their time',
      run: (em) => listOldJobs(em, new Date(Date.now() - 30 * 24 * 60 * minuteMs)),
    },
  ];
}

async function twoPages(em: EntityManager, filter: UserFilter): Promise<void> {
  const { nextCursor } = await listUsers(em, { ...filter, limit });
  if (nextCursor !== null) await listUsers(em, { ...filter, limit, cursor: nextCursor });
}
