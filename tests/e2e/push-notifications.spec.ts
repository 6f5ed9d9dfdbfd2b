/** Push in Chromium: from its button to what its service worker shows. What a push service does between is in this file. */
import type { BrowserContext, Page, Worker } from '@playwright/test';
import { startPushService, type Browser } from '#tests/notifications/push-service.ts';
import { expect, test } from './pages/fixtures.ts';

/** Without a line to its maker's push service Chromium cannot subscribe; all else of it is its own. */
async function subscribeAt({ endpoint, keys }: Browser, context: BrowserContext): Promise<void> {
  await context.addInitScript(
    ([address, given]) => {
      const keyOf = () => localStorage.getItem('subscribed-for');
      const subscription = () => ({
        endpoint: address,
        options: { applicationServerKey: Uint8Array.from(keyOf()!.split(','), Number).buffer },
        toJSON: () => ({ endpoint: address, keys: given }),
        unsubscribe: () => Promise.resolve(localStorage.removeItem('subscribed-for')),
      });
      Object.assign(PushManager.prototype, {
        getSubscription: () => Promise.resolve(keyOf() === null ? null : subscription()),
        subscribe({ applicationServerKey }: { applicationServerKey: Uint8Array }) {
          localStorage.setItem('subscribed-for', applicationServerKey.join(','));
          return Promise.resolve(subscription());
        },
      });
    },
    [endpoint, keys] as const,
  );
}

/** As the browser's own push client does it. */
async function deliverTo(page: Page, data: string): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const registration = new Promise<string>((resolve) => {
    session.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
      const found = registrations.find(({ isDeleted }) => !isDeleted);
      if (found) resolve(found.registrationId);
    });
  });
  await session.send('ServiceWorker.enable');
  const { origin } = new URL(page.url());
  await session.send('ServiceWorker.deliverPushMessage', { origin, registrationId: await registration, data });
  await session.detach();
}

interface Told {
  title: string;
  tag: string;
  renotify: boolean;
  data: { url: string };
}
/** What a service worker has and a page has not. */
type Noted = { shown: Told[]; opened: string[] } & Record<'Clients' | 'WindowClient', { prototype: object }> &
  Record<'ExtendableEvent', typeof Event> &
  typeof globalThis;

/** Chromium without a screen shows no notification, and opens nothing that nobody clicked on: what it is asked for is noted. */
async function noteWhatIsShown(worker: Worker) {
  await worker.evaluate(() => {
    const noted = globalThis as Noted;
    Object.assign(noted, { shown: [], opened: [] });
    Object.assign(ServiceWorkerRegistration.prototype, {
      getNotifications: ({ tag }: { tag: string }) => Promise.resolve(noted.shown.filter((one) => one.tag === tag)),
      showNotification(title: string, options: Omit<Told, 'title'>) {
        noted.shown.push({ title, ...options });
        return Promise.resolve();
      },
    });
    const open = (url: string) => Promise.resolve(noted.opened.push(url));
    Object.assign(noted.Clients.prototype, { openWindow: open });
    Object.assign(noted.WindowClient.prototype, {
      focus(this: { url: string }) {
        return open(`focused ${this.url}`);
      },
    });
  });
  return {
    shown: () => worker.evaluate(() => (globalThis as Noted).shown),
    opened: () => worker.evaluate(() => (globalThis as Noted).opened),
    click: (url: string) =>
      worker.evaluate((to) => {
        const notification = { close: () => undefined, data: { url: to } };
        const { ExtendableEvent } = globalThis as Noted;
        dispatchEvent(Object.assign(new ExtendableEvent('notificationclick'), { notification }));
      }, url),
  };
}

test('a device is turned on by a click, shows what is pushed, and is forgotten where somebody signs out', async ({
  page,
  context,
  dancer,
  account,
}) => {
  await context.grantPermissions(['notifications'], { origin: process.env.E2E_BASE_URL! });
  const service = await startPushService({ plain: true });
  await subscribeAt(service.subscribe(), context);
  await account.register(dancer.email, dancer.password);
  await page.goto('/settings/notifications');
  await expect(page.getByLabel('New rental: push')).toBeDisabled();
  await expect(page.getByText('This browser blocks notifications from this site.')).toBeVisible();

  // Without a screen Chromium says here what it always says, whatever it allows.
  await context.addInitScript(() => Object.defineProperty(Notification, 'permission', { get: () => 'granted' }));
  await page.reload();
  await page.getByRole('button', { name: 'Turn on notifications on this device' }).click();
  await expect(page.getByText('This device is told.')).toBeVisible();
  await page.getByLabel('New rental: push').uncheck();
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.getByText('Saved.').first()).toBeVisible();
  await page.reload();
  await expect(page.getByLabel('New rental: push')).not.toBeChecked();
  await expect(page.getByLabel('Canceled: push')).toBeChecked();

  await page.getByRole('button', { name: 'Send a test to' }).click();
  await expect.poll(() => service.calls.length).toBe(1);
  const sent = JSON.stringify(service.calls[0]!.message);
  const { shown, opened, click } = await noteWhatIsShown(context.serviceWorkers()[0]!);
  await deliverTo(page, sent);
  await expect.poll(shown).toMatchObject([{ title: 'This is a test', tag: 'test', renotify: true }]);
  expect((await shown())[0]!.data.url).toBe(page.url());
  await deliverTo(page, sent);
  await expect.poll(shown).toMatchObject([{}, { title: 'This is a test', tag: 'test', renotify: false }]);
  await deliverTo(page, 'nothing that we would send');
  await expect.poll(shown).toMatchObject([{}, {}, { title: 'Your rentals changed' }]);
  await click(page.url());
  await expect.poll(opened).toEqual([`focused ${page.url()}`]);
  await click(`${page.url()}#elsewhere`);
  await expect.poll(opened).toEqual([expect.anything(), `${page.url()}#elsewhere`]);

  await page.goto('/settings');
  await page.getByRole('button', { name: 'Sign out', exact: true }).click();
  await page.waitForURL((url) => !url.pathname.startsWith('/settings'));
  await page.goto('/sign-in');
  await account.fill(dancer.email, dancer.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL('**/dashboard');
  await page.goto('/settings/notifications');
  await expect(page.getByRole('button', { name: 'Turn on notifications on this device' })).toBeVisible();
  await expect(page.getByText('turned on')).toHaveCount(0);
  service.close();
});
