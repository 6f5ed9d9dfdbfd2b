import type { Page, Request } from '@playwright/test';
import { expect, test } from './pages/fixtures.ts';

/** Of the whole first load of the dashboard, in bytes as they come over the wire. */
const scriptBudget = { requests: 20, bytes: 80_000 };

test('the theme that was chosen is in the first HTML, and stays', async ({ page }) => {
  const background = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  await page.emulateMedia({ colorScheme: 'light' });
  await page.goto('/help');
  const light = await background();
  await page.getByRole('button', { name: 'Dark' }).click();
  await expect(page.getByRole('button', { name: 'Dark' })).toHaveAttribute('aria-pressed', 'true');
  const dark = await background();
  expect(dark).not.toBe(light);

  await page.reload({ waitUntil: 'commit' });
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  expect(await background()).toBe(dark);
  const html = await (await page.request.get('/help')).text();
  expect(html).toContain('<html lang="en" data-theme="dark"');
});

test('without script a theme is chosen too', async ({ browser }) => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto('/privacy');
  await page.getByRole('button', { name: 'Light' }).click();
  await expect(page).toHaveURL(/\/privacy$/);
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'light');
  await context.close();
});

test('keys go places, list themselves, and are silent while one types or wants none', async ({
  page,
  dancer,
  account,
  settings,
}) => {
  await account.register(dancer.email, dancer.password);
  await settings.open('devices');
  await page.keyboard.press('?');
  const dialog = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
  await expect(dialog).toContainText('Go to your rentals');
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();

  await page.keyboard.press('g');
  await page.keyboard.press('k');
  await expect(page).toHaveURL(/\/calendar$/);
  await page.getByText('Create a calendar').click();
  await page
    .getByRole('region', { name: 'Another calendar' })
    .getByLabel('Name of the calendar')
    .pressSequentially('gs?');
  await expect(dialog).toBeHidden();
  await expect(page).toHaveURL(/\/calendar$/);

  await settings.open('devices');
  await page.keyboard.press('?');
  await page.getByLabel('Shortcuts are on').uncheck();
  await page.keyboard.press('Escape');
  await page.keyboard.press('?');
  await expect(dialog).toBeHidden();
});

test('every page of one’s own is one tap away and marked, at any width', async ({ page, dancer, account }) => {
  await account.register(dancer.email, dancer.password);
  const links = page.getByRole('navigation', { name: 'Your account' }).getByRole('link');
  for (const name of ['Today', 'Rentals', 'Changes', 'Calendar', 'Syncs', 'Settings']) {
    await links.filter({ hasText: name }).click();
    await expect(page.locator('nav a[aria-current="page"]').first()).toHaveText(new RegExp(`^\\s*${name}`));
  }
  const tops = await links.evaluateAll((all) => all.map((one) => one.getBoundingClientRect().top));
  expect(new Set(tops).size).toBe(page.viewportSize()!.width > 640 ? 1 : 2);
});

test('s starts a sync', async ({ page, portal, dancer, dashboard, settings, connected }) => {
  await connected(3);
  await portal.misbehave({ kind: 'hang', at: 'rows', user: dancer.username });
  await settings.ready();
  await page.keyboard.press('s');
  await expect(dashboard.cancel).toBeVisible();
  await dashboard.cancel.click();
  await expect(dashboard.panel).toContainText('You canceled this sync.');
});

/** What is kept of a page for the time without a line. */
function keptText(page: Page, path: string): Promise<string> {
  return page.evaluate(async (kept) => (await (await caches.match(kept))?.text()) ?? '', path);
}

test('without a line the last rentals open, marked as such, and signing out forgets them', async ({
  page,
  context,
  dashboard,
  connected,
}) => {
  await connected(12);
  await expect.poll(() => keptText(page, '/dashboard')).toContain('Successfully synced 12 bookings');
  await expect.poll(() => keptText(page, '/bookings')).toContain('data-record');
  const day = await dashboard.next.locator('.day').textContent();
  // A size that only the styles in the page give it.
  const sizeOfDay = () => dashboard.next.locator('.day').evaluate((one) => getComputedStyle(one).fontSize);
  const size = await sizeOfDay();

  await context.setOffline(true);
  await page.goto('/dashboard');
  await expect(page.getByText('You are offline.')).toBeVisible();
  await expect(dashboard.next.locator('.day')).toHaveText(day!.trim());
  expect(await sizeOfDay()).toBe(size);
  await expect(dashboard.panel).toContainText('Offline');
  await expect(dashboard.panel).not.toContainText('Up to date');
  await page.goto('/bookings');
  await expect(page.locator('[data-record]').first()).toBeVisible();
  await page.goto('/terms');
  await expect(page.getByRole('heading', { name: 'You are offline.' })).toBeVisible();

  await context.setOffline(false);
  await page.goto('/settings');
  await expect(page.getByText('You are offline.')).toBeHidden();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page.getByRole('link', { name: 'Sign in' }).first()).toBeVisible();
  await expect.poll(() => page.evaluate(() => caches.keys())).toEqual([expect.stringMatching(/^files-/)]);
  await context.setOffline(true);
  await page.goto('/dashboard');
  await expect(page.getByRole('heading', { name: 'You are offline.' })).toBeVisible();
});

test('the app can be installed', async ({ page, request }) => {
  await page.goto('/');
  const href = await page.locator('link[rel="manifest"]').getAttribute('href');
  const manifest = (await (await request.get(href!)).json()) as { start_url: string; icons: { src: string }[] };
  expect(manifest.start_url).toBe('/dashboard');
  for (const { src } of manifest.icons) expect((await request.get(src)).headers()['content-type']).toMatch(/^image\//);
});

test('the first load of the dashboard keeps to its budget of script', async ({ browser, page, dancer, account }) => {
  await account.register(dancer.email, dancer.password);
  const cold = await browser.newContext({
    storageState: await page.context().storageState(),
    serviceWorkers: 'block',
  });
  const first = await cold.newPage();
  const scripts: Request[] = [];
  first.on('request', (request) => request.resourceType() === 'script' && scripts.push(request));
  await first.goto('/dashboard', { waitUntil: 'networkidle' });
  expect(scripts.length).toBeGreaterThan(3);
  expect(scripts.length).toBeLessThan(scriptBudget.requests);
  const sizes = await Promise.all(scripts.map((script) => script.sizes()));
  expect(sizes.reduce((sum, { responseBodySize }) => sum + responseBodySize, 0)).toBeLessThan(scriptBudget.bytes);
  await cold.close();
});

test.describe('far from New York', () => {
  test.use({ timezoneId: 'Europe/Berlin' });

  test('rentals say their time on the visitor’s own clock too', async ({ page, dashboard, connected }) => {
    await connected(12);
    await expect(dashboard.next).toContainText('your time');
    const html = await (await page.request.get('/dashboard')).text();
    expect(html).toContain('your time');
    if (page.viewportSize()!.width > 1_000) {
      await page.setViewportSize({ width: 1_280, height: 800 });
      const cells = page.locator('tr[data-record] :is(.time, .where)');
      const heights = await cells.evaluateAll((all) => all.map(({ clientHeight }) => clientHeight));
      expect(Math.max(...heights), 'a row has two lines').toBeLessThan(60);
    }
    await page.goto('/bookings');
    await expect(page.locator('tr[data-record]').first()).toContainText('your time');
    await page.locator('tr[data-record] a').first().click();
    await expect(page.getByRole('article')).toContainText('your time');
    for (const sheet of ['week', 'month']) {
      await page.goto(`/bookings/${sheet}`);
      await expect(page.getByText(/New York times. Your clock is [56] h ahead/)).toBeVisible();
    }
  });
});
