import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, test } from './pages/fixtures.ts';
import { makeOperator } from './pages/operator.ts';

const publicPages = [
  '/',
  '/how-it-works',
  '/security',
  '/privacy',
  '/terms',
  '/help',
  '/sign-in',
  '/register',
  '/forgot-password',
  '/reset-password#token',
  '/invitation#token',
  '/confirm-email#token',
  '/api/docs',
  '/offline.html',
  '/nowhere',
];
const ownPages = [
  '/dashboard',
  '/dashboard?earlier=',
  '/bookings',
  '/bookings?when=past&canceled&studio=Studio+A',
  '/bookings/week',
  '/bookings/month',
  '/bookings/totals',
  '/costs',
  '/groups',
  '/costs?from=2000-01-01&to=2009-12-31',
  '/call-sheets',
  '/call-sheets/new',
  '/changes',
  '/changes/as-of',
  '/changes/as-of?at=2000-01-01T00:00',
  '/history',
  '/calendar',
  '/settings',
  '/settings/account',
  '/settings/devices',
  '/settings/keys',
  '/settings/webhooks',
  '/settings/notifications',
];
/** Of what is listed on a page, the first one's own page. */
const detailPages = [
  ['/bookings', 'tr[data-record] a'],
  ['/history', 'main a[href^="/history/"]'],
  ['/changes', 'main a[href^="/changes/"]:not([href*="as-of"])'],
] as const;
const standards = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

async function expectAccessible(page: Page, path: string): Promise<void> {
  // Of days far below, axe reads places that they do not have: their contents are taken to reach into the next day.
  await page.evaluate(() => {
    for (const part of document.querySelectorAll<HTMLElement>('tbody, section'))
      part.style.contentVisibility = 'visible';
  });
  const violationsIn = async (colorScheme: 'light' | 'dark', axe: AxeBuilder) => {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    const { violations } = await axe.setLegacyMode().analyze();
    return violations.map(({ id, nodes }) => `${path} ${colorScheme}: ${id} ${nodes[0]?.html}`);
  };
  expect(await violationsIn('light', new AxeBuilder({ page }).withTags(standards))).toEqual([]);
  // The other theme has other colors, and nothing else; colors are the same at any width.
  if (test.info().project.name === 'narrow') return;
  expect(
    await violationsIn('dark', new AxeBuilder({ page }).withRules(['color-contrast', 'link-in-text-block'])),
  ).toEqual([]);
}

/** What a person with a phone in one hand meets: nothing sideways, no small print, nothing too small to hit. */
async function expectHandy(page: Page, path: string): Promise<void> {
  const found = await page.evaluate(() => {
    const problems: string[] = [];
    if (document.documentElement.scrollWidth > innerWidth) problems.push(`scrolls sideways`);
    for (const element of document.querySelectorAll<HTMLElement>('main *, header *, footer *')) {
      const ownText = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent!.trim() !== '');
      if (ownText && parseFloat(getComputedStyle(element).fontSize) < 16)
        problems.push(`small print: ${element.outerHTML}`);
    }
    for (const target of document.querySelectorAll<HTMLElement>(
      'button, input:not([type="checkbox"], [type="radio"]), .check, summary, nav a, a.button, a.text-button, td a, th a',
    )) {
      const { height } = target.getBoundingClientRect();
      if (height > 0 && height < 44) problems.push(`small target (${height}): ${target.outerHTML}`);
    }
    return problems;
  });
  expect(found.map((problem) => `${path}: ${problem}`)).toEqual([]);
}

/** All rentals are then in it, so that lists and sums show it. */
async function groupOfAll(page: Page): Promise<string> {
  await page.goto('/groups');
  await page.getByLabel('Name').fill('Winter company');
  await page.getByLabel('Who pays').fill('Harvest Fund');
  await page.getByRole('button', { name: 'Make group' }).click();
  await page.getByLabel('Name contains (optional)').fill('R-');
  await page.getByRole('button', { name: 'Add rule' }).click();
  await page.getByText('Name contains “R-”', { exact: true }).waitFor();
  return new URL(page.url()).pathname;
}

test('public pages are accessible and handy', async ({ page }) => {
  test.slow();
  for (const path of publicPages) {
    await page.goto(path);
    await expectHandy(page, path);
    await expectAccessible(page, path);
  }
});

test('own pages are accessible and handy', async ({ page, portal, dancer, account, dashboard }) => {
  test.slow();
  await portal.addUser({ username: dancer.username, password: dancer.portalPassword, rentals: 30 });
  await account.register(dancer.email, dancer.password);
  await expectHandy(page, 'first step');
  await expectAccessible(page, 'first step');
  await dashboard.connect(dancer.username, dancer.portalPassword);
  await dashboard.untilSynced(30);
  const group = await groupOfAll(page);
  for (const path of [...ownPages, group]) {
    await page.goto(path);
    await expectHandy(page, path);
    await expectAccessible(page, path);
  }
  for (const [list, link] of detailPages) {
    await page.goto(list);
    await page.goto((await page.locator(link).first().getAttribute('href'))!);
    await expectHandy(page, `a page of ${list}`);
    await expectAccessible(page, `a page of ${list}`);
  }
});

test('pages of operators are accessible and handy', async ({ page, dancer, account }) => {
  test.slow();
  await account.register(dancer.email, dancer.password);
  await makeOperator(dancer.email);
  const own = `/operate?email=${encodeURIComponent(dancer.email)}`;
  await expect(async () => {
    await page.goto(own);
    await expect(page.getByRole('link', { name: dancer.email })).toBeVisible({ timeout: 2_000 });
  }).toPass();
  const user = (await page.getByRole('link', { name: dancer.email }).getAttribute('href'))!;
  for (const path of [own, user, '/operate/health', '/operate/failures', '/operate/bulk', '/operate/audit']) {
    await page.goto(path);
    await expectHandy(page, path);
    await expectAccessible(page, path);
  }
});

test('the dashboard is accessible and handy while a sync runs', async ({
  page,
  portal,
  dancer,
  account,
  dashboard,
}) => {
  await portal.addUser({ username: dancer.username, password: dancer.portalPassword, rentals: 3 });
  await account.register(dancer.email, dancer.password);
  await portal.misbehave({ kind: 'hang', at: 'rows', user: dancer.username });
  await dashboard.connect(dancer.username, dancer.portalPassword);
  await expect(dashboard.cancel).toBeVisible();
  await expectHandy(page, 'running');
  await expectAccessible(page, 'running');
});

/** Chromium says this of a preload that the service worker answered; the file is used all the same, from its cache. */
const ofTheServiceWorker = /cross-world service worker resource mismatch/;

test('the browser has nothing to complain of on any page', async ({ page, portal, dancer, account, dashboard }) => {
  const complaints: string[] = [];
  page.on('console', (message) => {
    const matters = ['error', 'warning'].includes(message.type()) && !ofTheServiceWorker.test(message.text());
    if (matters) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  await portal.addUser({ username: dancer.username, password: dancer.portalPassword, rentals: 30 });
  await account.register(dancer.email, dancer.password);
  await dashboard.connect(dancer.username, dancer.portalPassword);
  await dashboard.untilSynced(30);
  for (const path of [
    '/dashboard',
    '/dashboard?earlier=',
    '/bookings',
    '/bookings/week',
    '/bookings/month',
    '/changes',
    '/history',
    '/settings',
  ])
    await page.goto(path);
  await page.getByRole('link', { name: 'Today' }).click();
  await expect(page).toHaveTitle(/Today/);
  expect(complaints).toEqual([]);
});

test('a sync is started and cancelled with the keyboard alone', async ({
  page,
  portal,
  dancer,
  dashboard,
  connected,
}) => {
  await connected(3);

  await portal.misbehave({ kind: 'hang', at: 'rows', user: dancer.username });
  await page.getByRole('link', { name: 'Skip to content' }).focus();
  await page.keyboard.press('Enter');
  await tabTo(page, 'Sync Now');
  await page.keyboard.press('Enter');
  await expect(dashboard.cancel).toBeVisible();
  await tabTo(page, 'Cancel this sync');
  await page.keyboard.press('Enter');
  await expect(dashboard.panel).toContainText('You canceled this sync.');
});

/** Presses Tab until the control of this name has the focus, as a person would. */
async function tabTo(page: Page, name: string): Promise<void> {
  const control = page.getByRole('button', { name });
  await expect(async () => {
    await page.keyboard.press('Tab');
    await expect(control).toBeFocused({ timeout: 50 });
  }).toPass();
}
