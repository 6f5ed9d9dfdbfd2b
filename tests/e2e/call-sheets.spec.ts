/** A call sheet from the rental's page to the guests, who have neither an account nor, some of them, scripts. */
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, test } from './pages/fixtures.ts';

async function expectAccessible(page: Page): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map(({ id, nodes }) => `${colorScheme}: ${id} ${nodes[0]?.html}`)).toEqual([]);
  }
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
}

test('guests read where to be, and say whether they can come, with scripts and without', async ({
  page,
  portal,
  dancer,
  browser,
  connected,
  dashboard,
}) => {
  test.slow();
  await connected(0);
  const place = { location: '280 Broadway (Lower Manhattan)', studio: 'Studio E', status: 'Approved' };
  const times = { start: '3/3/2099 7:00 PM', end: '3/3/2099 9:00 PM' };
  const { recordId } = await portal.addRental(dancer.username, { ...times, ...place });
  await portal.addRental(dancer.username, { start: '3/4/2099 7:00 PM', end: '3/4/2099 9:00 PM', ...place });
  await dashboard.open();
  await dashboard.syncNow.click();
  await dashboard.cancel.waitFor();
  await dashboard.untilSynced(2);

  await page.goto('/bookings');
  await page.getByRole('link', { name: 'Call sheets for your dancers' }).click();
  await page.getByRole('link', { name: 'New call sheet' }).click();
  await page.getByLabel('Rentals from').fill('2099-03-01');
  await page.getByLabel('Through').fill('2099-03-31');
  await page.getByLabel('Title').fill('Spring piece');
  await page.getByLabel('Who invites').fill('Ana');
  await page.getByLabel('Note').fill('Bring shoes.');
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Make the call sheet' }).click();
  const link = await page.getByLabel('Link', { exact: true }).inputValue();

  const strangers = await browser.newContext();
  const guest = await strangers.newPage();
  await guest.setViewportSize({ width: 320, height: 640 });
  const answered = await guest.goto(link);
  expect(answered!.headers()).toMatchObject({
    'referrer-policy': 'no-referrer',
    'x-robots-tag': 'noindex, nofollow',
    'cache-control': 'private, no-store',
  });
  await expect(guest.getByRole('heading', { level: 1 })).toHaveText('Spring piece');
  const first = guest.getByRole('listitem').filter({ hasText: 'Mar 3' });
  await expect(first).toContainText('Studio E, 280 Broadway, New York, NY 10007');
  await expect(guest.locator('main')).not.toContainText(/\$|R-\d|@/);
  await expectAccessible(guest);
  await guest.getByRole('button', { name: 'Send my answers' }).click();
  await first.getByLabel('Yes').check();
  await expect(guest.getByText('Not sent yet')).toBeVisible();
  await guest.getByLabel('Your name').fill('Ben');
  await guest.getByRole('button', { name: 'Send my answers' }).click();
  await expect(guest.getByText('Sent.')).toBeVisible();
  await expect(first).toContainText('1 can come');
  await guest.reload();
  await expect(first.getByLabel('Yes')).toBeChecked();
  await expect(guest.getByLabel('Your name')).toHaveValue('Ben');

  const plain = await browser.newContext({ javaScriptEnabled: false });
  const old = await plain.newPage();
  await old.goto(link);
  const again = old.getByRole('listitem').filter({ hasText: 'Mar 3' });
  await again.getByLabel('Maybe').check();
  await old.getByLabel('Your name').fill('Ben');
  await old.getByRole('button', { name: 'Send my answers' }).click();
  await expect(again).toContainText('1 can come · 1 maybe');
  await again.getByLabel('No').check();
  await old.getByRole('button', { name: 'Send my answers' }).click();
  await expect(again).toContainText('1 can come · 1 can’t');

  await page.reload();
  const owned = page.getByRole('region', { name: 'Who can come' });
  await expect(owned).toContainText('Ben: yes');
  await expect(owned).toContainText('Ben: no');
  await expectAccessible(page);
  await portal.updateRental(dancer.username, recordId, { start: '3/3/2099 6:00 PM' });
  await dashboard.open();
  await dashboard.syncNow.click();
  await dashboard.cancel.waitFor();
  await dashboard.untilSynced(2);
  await guest.reload();
  await expect(first).toContainText('Moved: it was Tue Mar 3, 7:00 – 9:00 PM, Studio E');
  await expect(first).toContainText('You answered yes before it moved');
  await expect(first.getByLabel('Yes')).not.toBeChecked();
  await page.getByRole('link', { name: 'Rentals', exact: true }).click();
  await page
    .getByRole('link', { name: /^Studio E/ })
    .first()
    .click();
  await expect(page.getByRole('region', { name: 'Who can come' })).toContainText('answered before it moved');
  await expect(page.getByRole('link', { name: 'Share a call sheet' })).toBeVisible();

  await page.getByRole('link', { name: 'All call sheets' }).click();
  await page.getByRole('link', { name: 'Spring piece' }).click();
  await page.getByRole('button', { name: 'Remove Ben with all answers' }).first().click();
  await expect(page.getByRole('button', { name: 'Remove Ben with all answers' })).toHaveCount(1);
  await page.getByText('Replace or end the link').click();
  await page.getByRole('button', { name: 'End the link' }).click();
  await expect(page.getByText('Link withdrawn')).toBeVisible();
  const ended = await guest.goto(link);
  expect(ended!.status()).toBe(410);
  expect(ended!.headers()['referrer-policy']).toBe('no-referrer');
  await expect(guest.getByRole('heading', { level: 1 })).toHaveText('This link does not work.');
  await expect(guest.locator('main')).not.toContainText('Spring');
  await expectAccessible(guest);
});
