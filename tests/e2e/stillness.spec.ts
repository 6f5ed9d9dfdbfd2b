/** What one looks at stays where it is: the browser's own measure of what moved without being asked to. */
import type { Page } from '@playwright/test';
import { expect, test } from './pages/fixtures.ts';
import { wallClock } from './pages/wall-clock.ts';

interface Shift {
  value: number;
  /** What moved, to be read where it was too much. */
  what: string[];
}

/** From now on, until the page is left. */
async function watchShifts(page: Page): Promise<() => Promise<{ sum: number; shifts: Shift[] }>> {
  await page.evaluate(() => {
    interface LayoutShift extends PerformanceEntry {
      value: number;
      hadRecentInput: boolean;
      sources: { node: Node | null; previousRect: DOMRect; currentRect: DOMRect }[];
    }
    const shifts: Shift[] = [];
    const place = ({ top, height }: DOMRect) => `${Math.round(top)}+${Math.round(height)}`;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as LayoutShift[]) {
        const what = entry.sources.map(({ node, previousRect, currentRect }) => {
          const name = node instanceof Element ? `${node.tagName}.${node.className}` : String(node?.textContent);
          return `${name} ${place(previousRect)} -> ${place(currentRect)}`;
        });
        shifts.push({ value: entry.value, what });
      }
    }).observe({ type: 'layout-shift' });
    Object.assign(window, { shifts });
  });
  return async () => {
    const shifts = await page.evaluate(() => (window as unknown as { shifts: Shift[] }).shifts);
    return { sum: shifts.reduce((sum, { value }) => sum + value, 0), shifts };
  };
}

test('nothing moves while a sync runs and ends', async ({ page, dashboard, connected }) => {
  await connected(60);
  await dashboard.open();

  const moved = await watchShifts(page);
  await dashboard.syncNow.click();
  await expect(dashboard.cancel).toBeVisible();
  await dashboard.untilSynced(60);
  const { sum, shifts } = await moved();
  expect(sum, JSON.stringify(shifts, null, 1)).toBeLessThan(0.01);
});

test('nothing jumps from a refused password to the first rentals', async ({
  page,
  portal,
  dancer,
  account,
  dashboard,
}) => {
  // One whose words take as many lines as most: how high the next rental is must not be left to chance.
  await portal.addUser({ username: dancer.username, password: dancer.portalPassword, rentals: 0 });
  for (const day of [1, 2, 3]) {
    const times = { start: wallClock(day, 5), end: wallClock(day, 7) };
    const place = { studio: 'Studio C', location: '280 Broadway (Lower Manhattan)' };
    await portal.addRental(dancer.username, { ...times, ...place, status: 'Approved', price: '$30.00' });
  }
  await account.register(dancer.email, dancer.password);
  const moved = await watchShifts(page);
  await dashboard.connect(dancer.username, 'not this one');
  await expect(page.getByRole('heading', { name: 'Gibney said no.' })).toBeVisible();
  await page.getByLabel('Gibney password').fill(dancer.portalPassword);
  await page.getByRole('button', { name: 'Connect and sync' }).click();
  await dashboard.untilSynced(3);
  await expect(dashboard.next).toBeVisible();
  const { sum, shifts } = await moved();
  expect(sum, JSON.stringify(shifts, null, 1)).toBeLessThan(0.05);
});
