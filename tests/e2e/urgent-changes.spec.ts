import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import type { RemoteControl } from '../portal/control-client.ts';
import type { AccountPage } from './pages/account-page.ts';
import type { DashboardPage } from './pages/dashboard-page.ts';
import { expect, test, type Dancer } from './pages/fixtures.ts';
import { wallClock } from './pages/wall-clock.ts';

interface Journey {
  portal: RemoteControl;
  dancer: Dancer;
  account: AccountPage;
  dashboard: DashboardPage;
}

/** A synced dancer with a rental tomorrow, one in three days and one in twelve. */
async function withRentals({ portal, dancer, account, dashboard }: Journey) {
  await portal.addUser({ username: dancer.username, password: dancer.portalPassword, rentals: 0 });
  const add = (days: number, studio: string) =>
    portal.addRental(dancer.username, {
      start: wallClock(days, 2),
      end: wallClock(days, 3),
      studio,
      status: 'Approved',
      location: '280 Broadway (Lower Manhattan)',
    });
  const [next, after, far] = [await add(1, 'Studio E'), await add(3, 'Studio F'), await add(12, 'Studio G')];
  await account.register(dancer.email, dancer.password);
  await dashboard.connect(dancer.username, dancer.portalPassword);
  await dashboard.untilSynced(3);
  const update = (rental: { recordId: string }, values: object) =>
    portal.updateRental(dancer.username, rental.recordId, values);
  return { next, after, far, update };
}

/** Syncs, and resolves when the page shows what came of it. */
async function sync(page: Page, dashboard: DashboardPage): Promise<void> {
  await dashboard.open();
  const ended = page.waitForResponse((response) => response.url().includes('/dashboard/__data.json'));
  await dashboard.syncNow.click();
  await ended;
  await expect(dashboard.syncNow).toBeVisible();
}

/** Texts that live regions got, in order. */
async function hear(page: Page): Promise<() => Promise<string[]>> {
  await page.evaluate(() => {
    const heard: string[] = [];
    const look = ({ target }: MutationRecord) => {
      const element = target instanceof Element ? target : target.parentElement;
      const text = element?.closest('[role="status"], [role="alert"]')?.textContent.trim();
      if (text) heard.push(text);
    };
    new MutationObserver((records) => records.forEach(look)).observe(document.body, {
      subtree: true,
      childList: true,
      characterData: true,
    });
    Object.assign(window, { heard });
  });
  return () => page.evaluate(() => (window as unknown as { heard: string[] }).heard);
}

test('a canceled rental stands above the next one until one tap, and comes back for another change', async ({
  page,
  portal,
  dancer,
  account,
  dashboard,
}) => {
  test.slow();
  const { next, after, far, update } = await withRentals({ portal, dancer, account, dashboard });
  await update(next, { status: 'Canceled' });
  await update(far, { status: 'Canceled' });
  const heard = await hear(page);
  await dashboard.syncNow.click();
  await expect(dashboard.urgent.getByRole('listitem')).toHaveText(
    /^Canceled\s*:\s*tomorrow, 2:00 – 3:00 PM, Studio E$/,
  );
  await expect(dashboard.next).toContainText('Studio F');
  await expect(dashboard.syncNow).toBeVisible();
  expect((await heard()).filter((text) => text.startsWith('Canceled: tomorrow, '))).toHaveLength(1);
  const [band, following] = [await dashboard.urgent.boundingBox(), await dashboard.next.boundingBox()];
  expect(band!.y + band!.height).toBeLessThanOrEqual(following!.y);
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
  }

  const html = await (await page.request.get('/dashboard')).text();
  expect(html).toContain('Got it');

  await dashboard.urgent.getByRole('button', { name: 'Got it' }).click();
  await expect(dashboard.urgent).toBeHidden();
  await expect(page.getByRole('main')).toBeFocused();
  await sync(page, dashboard);
  await expect(dashboard.urgent).toBeHidden();

  await update(next, { status: 'Approved' });
  await sync(page, dashboard);
  await expect(dashboard.next).toContainText('Studio E');
  await expect(dashboard.urgent.getByRole('listitem')).toHaveText(/^Back\s*: tomorrow, 2:00 – 3:00 PM, Studio E$/);
  await portal.vanish(dancer.username, next.recordId);
  await update(after, { start: wallClock(3, 5), end: wallClock(3, 6) });
  await sync(page, dashboard);
  await expect(dashboard.urgent.getByRole('listitem')).toHaveText([
    /^Gone\s*: tomorrow, 2:00 – 3:00 PM, Studio E$/,
    /^Moved\s*: .*, 2:00 – 3:00 PM, Studio F, now 5:00 – 6:00 PM$/,
  ]);

  await update(after, { start: wallClock(3, 2), end: wallClock(3, 3) });
  await sync(page, dashboard);
  await expect(dashboard.urgent.getByRole('listitem')).toHaveText([/^Gone/]);
});

test.describe('without script', () => {
  test.use({ javaScriptEnabled: false });

  test('it is acknowledged by a form', async ({ page, portal, dancer, account, dashboard }) => {
    await portal.addUser({ username: dancer.username, password: dancer.portalPassword, rentals: 0 });
    const rental = await portal.addRental(dancer.username, {
      start: wallClock(1, 2),
      end: wallClock(1, 3),
      studio: 'Studio E',
      status: 'Approved',
    });
    await account.register(dancer.email, dancer.password);
    await dashboard.connect(dancer.username, dancer.portalPassword);
    const until = (locator: () => Promise<void>) =>
      expect(async () => {
        await page.reload();
        await locator();
      }).toPass();
    await until(() => expect(dashboard.next).toContainText('Studio E', { timeout: 500 }));
    await portal.updateRental(dancer.username, rental.recordId, { status: 'Request declined' });
    await dashboard.open();
    await dashboard.syncNow.click();
    await until(() => expect(dashboard.urgent).toContainText('Declined', { timeout: 500 }));
    await dashboard.urgent.getByRole('button', { name: 'Got it' }).click();
    await expect(dashboard.urgent).toBeHidden();
    await page.reload();
    await expect(dashboard.panel).toBeVisible();
    await expect(dashboard.urgent).toBeHidden();
  });
});
