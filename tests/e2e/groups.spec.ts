import type { Locator, Page } from '@playwright/test';
import { expect, test } from './pages/fixtures.ts';
import { AccountPage } from './pages/account-page.ts';

test('a rental is shared with somebody who has no account at Gibney, and no longer once that person is removed', async ({
  browser,
  page,
  portal,
  dancer,
  connected,
  dashboard,
}) => {
  test.slow();
  await connected(0);
  const day = new Date(Date.now() + 3 * 86_400_000);
  const date = `${day.getUTCMonth() + 1}/${day.getUTCDate()}/${day.getUTCFullYear()}`;
  const rental = { start: `${date} 6:00 PM`, end: `${date} 8:00 PM`, price: '$77.00', status: 'Approved' };
  const shared = await portal.addRental(dancer.username, { ...rental, studio: 'Studio C' });
  const kept = await portal.addRental(dancer.username, { ...rental, studio: 'Studio B' });

  await page.goto('/groups');
  await page.getByLabel('Name').fill('Swan Lake');
  await page.getByRole('button', { name: 'Make group' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Swan Lake' })).toBeVisible();
  await page.getByRole('button', { name: 'Add rule' }).click();
  await expect(page.getByText('Say at least one thing')).toBeVisible();
  await page.getByLabel('Name contains (optional)').fill(shared.name);
  await page.getByRole('button', { name: 'Add rule' }).click();
  await expect(page.getByText(`Name contains “${shared.name}”`, { exact: true })).toBeVisible();
  const group = page.url();

  await dashboard.open();
  await dashboard.syncNow.click();
  await dashboard.cancel.waitFor();
  await dashboard.untilSynced(2);
  await page.goto(group);
  await expect(page.getByRole('link', { name: 'Studio C' })).toBeVisible();
  await expect(page.getByText(kept.name)).toHaveCount(0);
  await seenInListAndCosts(page, shared.name, kept.name);
  await page.goto(group);
  const friend = `friend-${dancer.email}`;
  await page.getByLabel('Invite by e-mail').fill(friend);
  await page.getByRole('button', { name: 'Send invitation' }).click();
  await expect(page.getByText(`We sent an invitation to ${friend}.`)).toBeVisible();

  const mail = await page.context().newPage();
  const link = mail.locator('pre', { hasText: friend }).getByRole('link', { name: /invitation#/ });
  await expect(async () => {
    await mail.goto('/dev/mail');
    await expect(link).toBeVisible({ timeout: 500 });
  }).toPass();
  const address = (await link.getAttribute('href'))!;

  const context = await browser.newContext();
  const theirs = await context.newPage();
  await theirs.goto(address);
  await expect(theirs.getByText('An account at Gibney is not needed.')).toBeVisible();
  await theirs.getByRole('link', { name: 'Create account' }).last().click();
  const account = new AccountPage(theirs);
  await account.fill(friend, dancer.password);
  await theirs.getByRole('button', { name: 'Create account' }).click();
  await theirs.waitForURL('**/dashboard');
  await theirs.goto('/invitation');
  await theirs.getByRole('button', { name: 'Accept the invitation' }).click();
  await expect(theirs.getByRole('heading', { level: 1, name: 'Swan Lake' })).toBeVisible();
  await expect(theirs.getByText(shared.name)).toBeVisible();
  await expect(theirs.getByText('$77')).toHaveCount(0);
  await theirs.goto('/dashboard');
  await expect(theirs.getByText('You need no Gibney account for these.')).toBeVisible();
  await expect(theirs.getByText(shared.name)).toBeVisible();
  await theirs.goto(address);
  await theirs.getByRole('button', { name: 'Accept the invitation' }).click();
  await expect(theirs.getByText('This invitation was accepted or taken back')).toBeVisible();

  await page.getByRole('link', { name: 'Studio C' }).click();
  await page.getByLabel('Put it into').selectOption('No group');
  await page.getByRole('button', { name: 'Save group' }).click();
  await expect(page.getByText('Saved.')).toBeVisible();
  await theirs.goto(group);
  await expect(theirs.getByText('Nothing coming up.')).toBeVisible();

  await page.goto(group);
  await page.getByRole('button', { name: `Remove ${friend}` }).click();
  await expect(page.getByText('Only you see this group.')).toBeVisible();
  expect((await theirs.goto(group))!.status()).toBe(404);
  await context.close();
});

/** From the group's page to what its rentals cost, and to the list of rentals that says which group each is in. */
async function seenInListAndCosts(page: Page, shared: string, kept: string): Promise<void> {
  await page.getByRole('link', { name: 'What they cost' }).click();
  await expect(page.getByRole('heading', { name: /, Swan Lake$/ })).toBeVisible();
  await page.getByRole('link', { name: 'All rentals' }).click();
  const groups = page.getByRole('table', { name: /^Costs by group in/ });
  await expect(groups.getByRole('row', { name: 'Swan Lake' })).toContainText('$77.00');
  await expect(groups.getByRole('row', { name: 'Total' })).toContainText('$154.00');
  await page.goto('/bookings');
  await expect(rental(page, shared).getByRole('link', { name: 'Swan Lake' })).toBeVisible();
  await page.getByText('Filters', { exact: true }).click();
  await page.getByLabel('Group').selectOption('Swan Lake');
  await expect(rental(page, kept)).toHaveCount(0);
  await expect(rental(page, shared)).toBeVisible();
  await page.getByRole('link', { name: 'Swan Lake : remove' }).click();
  await expect(rental(page, kept)).toBeVisible();
}

/** The row of a rental alone: a row below it may name it too ("Overlaps R-454227 by 2 h"). */
function rental(page: Page, name: string): Locator {
  return page.locator('tr[data-record]').filter({ hasText: name });
}
