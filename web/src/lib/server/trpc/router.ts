/** One router a noun. Pages call it in-process by `createCaller`, browsers and tools at /api/trpc. */
import { createCallerFactory, router } from './init.ts';
import { accountRouter } from './routers/account.ts';
import { apiKeysRouter } from './routers/api-keys.ts';
import { bookingsRouter } from './routers/bookings.ts';
import { calendarRouter } from './routers/calendar.ts';
import { calendarConnectionsRouter } from './routers/calendar-connections.ts';
import { callSheetsRouter } from './routers/call-sheets.ts';
import { changesRouter } from './routers/changes.ts';
import { costsRouter } from './routers/costs.ts';
import { deliveriesRouter } from './routers/deliveries.ts';
import { deviceLoginsRouter } from './routers/device-logins.ts';
import { pushDevicesRouter } from './routers/push-devices.ts';
import { notificationsRouter } from './routers/notifications.ts';
import { groupsRouter } from './routers/groups.ts';
import { operateRouter } from './routers/operate.ts';
import { portalAccountRouter } from './routers/portal-account.ts';
import { settingsRouter } from './routers/settings.ts';
import { syncRouter } from './routers/sync.ts';
import { twoFactorRouter } from './routers/two-factor.ts';
import { webhooksRouter } from './routers/webhooks.ts';

export const appRouter = router({
  account: accountRouter,
  twoFactor: twoFactorRouter,
  apiKeys: apiKeysRouter,
  deviceLogins: deviceLoginsRouter,
  settings: settingsRouter,
  portalAccount: portalAccountRouter,
  sync: syncRouter,
  bookings: bookingsRouter,
  costs: costsRouter,
  groups: groupsRouter,
  changes: changesRouter,
  calendar: calendarRouter,
  deliveries: deliveriesRouter,
  calendarConnections: calendarConnectionsRouter,
  callSheets: callSheetsRouter,
  webhooks: webhooksRouter,
  notifications: notificationsRouter,
  pushDevices: pushDevicesRouter,
  operate: operateRouter,
});

export type AppRouter = typeof appRouter;
export const createCaller = createCallerFactory(appRouter);
export type Caller = ReturnType<typeof createCaller>;
