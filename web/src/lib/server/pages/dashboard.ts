import { isFinal } from '#domain/sync-states.ts';
import type { JobView, StatusView } from '#domain/shapes/sync.ts';
import { lastDoneOf } from '#lib/sync/sync-messages.ts';
import type { Caller } from '../trpc/router.ts';
import type { Services } from '../services.ts';
import { loaded } from './page.ts';

interface Page {
  api: Caller;
  services: Services;
}

/** `earlier`: null for none, an empty text for the newest ones, else the cursor of older ones. */
export async function loadDashboard(page: Page, earlier: string | null) {
  const [status, first] = await Promise.all([page.api.sync.status(), loadRows(page.api, earlier)]);
  // Rows must not be older than the end that the status tells of.
  const { coming, over, jobs, ...rows } = tellsMore(status, first.jobs) ? await loadRows(page.api, earlier) : first;
  // Only before the first sync is the sign-in asked for here.
  const account = status.lastSyncAt === null ? await page.api.portalAccount.get() : null;
  return {
    status,
    ...rows,
    jobs,
    /** Soonest first, the first hundred. */
    upcoming: coming.bookings,
    upcomingCount: coming.total,
    /** Past, canceled and removed ones, newest first, where they were asked for or nothing is to come. */
    earlier: earlier === null && coming.total > 0 ? null : over.bookings,
    earlierCount: over.total,
    olderCursor: over.nextCursor,
    demoPortal: demoPortalOf(page.services),
    portalUsername: account?.username,
  };
}

async function loadRows(api: Caller, earlier: string | null) {
  const [urgent, coming, over, { groups: changeGroups }, { jobs, changes }, portalHealth, busy] = await Promise.all([
    api.changes.urgent(),
    api.bookings.page({ when: 'upcoming', limit: 100 }),
    loaded(api.bookings.page({ when: 'over', limit: earlier === null ? 10 : 100, cursor: earlier || null })),
    api.changes.groups({ limit: 3 }),
    loadJobs(api),
    api.sync.portal(),
    api.bookings.busy(),
  ]);
  return { urgent, coming, over, changeGroups, jobs, changes, portalHealth, busy };
}

/** With what the last complete one found changed, however much others found since. */
async function loadJobs(api: Caller) {
  const { jobs } = await api.sync.history({ limit: 10 });
  const lastDone = lastDoneOf(jobs);
  const { changes } = lastDone ? await api.changes.list({ limit: 100, jobId: lastDone.id }) : { changes: [] };
  return { jobs, changes };
}

function tellsMore({ job }: StatusView, jobs: JobView[]): boolean {
  return isFinal(job) && !jobs.some((known) => known.id === job?.id && isFinal(known));
}

/** The stand-in portal's sign-in, in the demo only. */
function demoPortalOf({ config }: Services) {
  const { DEMO_PORTAL_USERNAME: username, DEMO_PORTAL_PASSWORD: password } = config;
  return username && password ? { username, password } : null;
}
