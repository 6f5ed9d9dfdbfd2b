/** Live status as browsers have it: through proxies, in many tabs, over sign-outs and deploys. */
import type { Page } from '@playwright/test';
import { DashboardPage } from './pages/dashboard-page.ts';
import { expect, test as journey } from './pages/fixtures.ts';
import type { Dancer } from './pages/fixtures.ts';
import { startFront } from './pages/front.ts';
import type { Front } from './pages/front.ts';
import type { RemoteControl } from '../portal/control-client.ts';

const test = journey.extend<{ front: Front }>({
  // eslint-disable-next-line no-empty-pattern -- Playwright reads the fixtures' names from this pattern.
  front: async ({}, use) => {
    const front = await startFront(process.env.E2E_BASE_URL!);
    await use(front);
    await front.close();
  },
  baseURL: ({ front }, use) => use(front.url),
});

/** By another way than any page of this browser. */
async function setSyncing(page: Page, verb: 'pause' | 'resume'): Promise<void> {
  const headers = { origin: process.env.E2E_BASE_URL! };
  const answer = await page.request.post(`${process.env.E2E_BASE_URL}/api/trpc/sync.${verb}`, { headers, data: {} });
  expect(answer.status()).toBe(200);
}

const paused = (page: Page) => expect(new DashboardPage(page).panel).toContainText('Syncing is paused.');
const resumed = (page: Page) => expect(new DashboardPage(page).panel).not.toContainText('Syncing is paused.');

async function mark(page: Page): Promise<void> {
  await page.evaluate(() => Object.assign(window, { stillThis: true }));
}

const isStillThis = (page: Page) => page.evaluate(() => 'stillThis' in window);

async function connect(portal: RemoteControl, dancer: Dancer, dashboard: DashboardPage): Promise<void> {
  await portal.addUser({ username: dancer.username, password: dancer.portalPassword, rentals: 3 });
  await dashboard.connect(dancer.username, dancer.portalPassword);
  await dashboard.untilSynced(3);
}

/** As where the visitor looks at another tab. */
async function look(page: Page, visibility: 'hidden' | 'visible'): Promise<void> {
  await page.evaluate((state) => {
    Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => state });
    document.dispatchEvent(new Event('visibilitychange'));
  }, visibility);
}

test.beforeEach(async ({ account, dancer, dashboard, portal }) => {
  await account.register(dancer.email, dancer.password);
  await connect(portal, dancer, dashboard);
});

for (const refusal of [
  { status: 502, headers: { 'content-type': 'text/html' } },
  { status: 503, headers: { 'content-type': 'text/html', 'retry-after': '600' } },
  { status: 429, headers: { 'content-type': 'application/problem+json', 'retry-after': '2' } },
]) {
  test(`comes back by itself after ${refusal.status} was the answer to all calls`, async ({ page, front }) => {
    await expect.poll(front.streams).toBe(1);
    await mark(page);
    front.refuse(refusal);
    await expect(page.getByText('Not live')).toBeVisible();
    front.refuse(null);
    await setSyncing(page, 'pause');
    await paused(page);
    await expect.poll(front.streams).toBe(1);
    expect(await isStillThis(page)).toBe(true);
  });
}

test('is asked for where no stream comes', async ({ page, front }) => {
  await expect.poll(front.streams).toBe(1);
  front.refuse({ status: 429, streamsOnly: true });
  await expect.poll(front.refused).toBeGreaterThan(1);
  await setSyncing(page, 'pause');
  await paused(page);
  await setSyncing(page, 'resume');
  await resumed(page);
  expect(front.streams()).toBe(0);
});

test('comes back at once with the network', async ({ page, context, front }) => {
  await expect.poll(front.streams).toBe(1);
  await context.setOffline(true);
  front.refuse({ status: 502 });
  await expect.poll(front.streams).toBe(0);
  front.refuse(null);
  await expect(page.getByText('You are offline.')).toBeVisible();
  await context.setOffline(false);
  await expect.poll(front.streams).toBe(1);
  await setSyncing(page, 'pause');
  await paused(page);
});

test('seven dashboards in one browser share one stream, and each goes on', async ({ page, context, front }) => {
  const tabs = [page];
  while (tabs.length < 7) {
    const tab = await context.newPage();
    await tab.goto('/dashboard');
    await tab.locator('body[data-sveltekit-reload]').waitFor();
    tabs.push(tab);
  }
  await setSyncing(page, 'pause');
  for (const tab of tabs) await paused(tab);
  expect(front.streams()).toBe(1);

  // The tab that holds the stream goes; another one takes it over.
  await page.close();
  await setSyncing(tabs[1]!, 'resume');
  for (const tab of tabs.slice(1)) await resumed(tab);
  await expect.poll(front.streams).toBe(1);
  for (const tab of tabs.slice(1)) {
    await tab.getByRole('link', { name: 'Calendar', exact: true }).click();
    await expect(tab).toHaveURL(/\/calendar$/);
  }
});

test('hidden tabs hold no stream, and know all when they are looked at again', async ({ page, context, front }) => {
  const other = await context.newPage();
  await other.goto('/dashboard');
  await expect.poll(front.streams).toBe(1);
  for (const tab of [page, other]) await look(tab, 'hidden');
  await expect.poll(front.streams).toBe(0);
  await setSyncing(page, 'pause');

  await look(other, 'visible');
  await paused(other);
  // It is told while another one is looked at.
  await paused(page);
  expect(front.streams()).toBe(1);
});

test('a tab of a session that has ended shows nothing of who signs in next', async ({ page, context, dancer }) => {
  await mark(page);
  const other = await context.newPage();
  await other.goto('/settings');
  await other.getByRole('button', { name: 'Sign out' }).click();
  await expect(other.getByRole('link', { name: 'Create account' }).first()).toBeVisible();
  // Before a new session begins the open dashboard has left already, and it stays so.
  await expect(page).toHaveURL(/\/sign-in/);
  await expect(page.getByText('You were signed out.')).toBeVisible();

  await other.goto('/register');
  await other.getByLabel('E-mail').fill(`other-${dancer.email}`);
  await other.getByLabel('Password').fill(dancer.password);
  await other.getByRole('button', { name: 'Create account' }).click();
  await other.waitForURL('**/dashboard');
  await expect(page).toHaveURL(/\/sign-in/);
});

test('a hidden tab of the session before becomes a page of the present one, and never a mixture', async ({
  page,
  context,
  dancer,
  front,
}) => {
  await mark(page);
  await look(page, 'hidden');
  await expect.poll(front.streams).toBe(0);
  // Nobody tells the tab: the cookie is replaced as by a sign-in over an expired session.
  await context.clearCookies();
  const other = await context.newPage();
  await other.goto('/register');
  await other.getByLabel('E-mail').fill(`other-${dancer.email}`);
  await other.getByLabel('Password').fill(dancer.password);
  await other.getByRole('button', { name: 'Create account' }).click();
  await other.waitForURL('**/dashboard');

  await look(page, 'visible');
  // While it navigates it is neither.
  await expect.poll(() => isStillThis(page).catch(() => null)).toBe(false);
  await expect(page.getByRole('heading', { name: 'Connect Gibney.' })).toBeVisible();
});

test.describe('a tab that was left open over a deploy', () => {
  // What a service worker keeps is there in any case.
  test.use({ serviceWorkers: 'block' });

  test('opens every page', async ({ page, front }) => {
    for (const [name, heading] of [
      ['Rentals', 'Rentals'],
      ['Changes', 'What changed'],
      ['Calendar', 'In your calendar'],
      ['Syncs', 'Syncs'],
      ['Settings', 'Settings'],
    ] as const) {
      front.deploy(false);
      await page.goto('/dashboard');
      await page.locator('body[data-sveltekit-reload]').waitFor();
      await mark(page);
      front.deploy(true);
      await page.getByRole('banner').getByRole('link', { name, exact: true }).click();
      await expect(page.getByRole('heading', { level: 1 })).toHaveText(heading);
      expect(await isStillThis(page)).toBe(false);
      await page.locator('body[data-sveltekit-reload]').waitFor();
    }
  });
});
