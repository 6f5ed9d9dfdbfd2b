import type { Caller } from '../trpc/router.ts';
import type { Services } from '../services.ts';
import { loaded } from './page.ts';

/** `earlier`: null for none, an empty text for the newest ones, else the cursor of older ones. */
export async function loadDashboard({ api, services }: { api: Caller; services: Services }, earlier: string | null) {
  // The status is read first: rows that are read after it are never older than what it says.
  const status = await api.sync.status();
  const [urgent, coming, over, { changes }, { groups }, { jobs }, portalHealth, busy, account] = await Promise.all([
    api.changes.urgent(),
    api.bookings.page({ when: 'upcoming', limit: 100 }),
    loaded(api.bookings.page({ when: 'over', limit: earlier === null ? 10 : 100, cursor: earlier || null })),
    api.changes.list({ limit: 50 }),
    api.changes.groups({ limit: 3 }),
    api.sync.history({ limit: 10 }),
    api.sync.portal(),
    api.bookings.busy(),
    // Only before the first sync is the sign-in asked for here.
    status.lastSyncAt === null ? api.portalAccount.get() : null,
  ]);
  return {
    status,
    urgent,
    /** Soonest first, the first hundred. */
    upcoming: coming.bookings,
    upcomingCount: coming.total,
    /** Past, canceled and removed ones, newest first, where they were asked for or nothing is to come. */
    earlier: earlier === null && coming.total > 0 ? null : over.bookings,
    earlierCount: over.total,
    olderCursor: over.nextCursor,
    changes,
    changeGroups: groups,
    jobs,
    portalHealth,
    busy,
    demoPortal: demoPortalOf(services),
    portalUsername: account?.username,
  };
}

/** The stand-in portal's sign-in, in the demo only. */
function demoPortalOf({ config }: Services) {
  const { DEMO_PORTAL_USERNAME: username, DEMO_PORTAL_PASSWORD: password } = config;
  return username && password ? { username, password } : null;
}
