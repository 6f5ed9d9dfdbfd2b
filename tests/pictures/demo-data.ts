/** A dancer with a life: rentals to come and gone, one that moved, one canceled, two that overlap. */
import type { Browser, Page } from '@playwright/test';
import { DashboardPage } from '../e2e/pages/dashboard-page.ts';
import { AccountPage } from '../e2e/pages/account-page.ts';
import { connectControl } from '../portal/control-client.ts';

export const password = 'grand-jete-1';
export const dancerEmail = 'maya@dance.example';
const username = 'maya.okafor@dance.example';
const portalPassword = 'battement';

/** So many days from now at this wall-clock time, as the portal writes it. */
function at(days: number, time: string): string {
  const date = new Date(Date.now() + days * 86_400_000);
  return `${date.toLocaleDateString('en-US', { timeZone: 'America/New_York' })} ${time}`;
}

const rentals = [
  { days: 1, from: '5:00 PM', to: '7:00 PM', studio: 'Studio A', location: '280 Broadway (Lower Manhattan)' },
  { days: 1, from: '8:00 PM', to: '9:30 PM', studio: 'Studio C', location: '280 Broadway (Lower Manhattan)' },
  { days: 3, from: '10:00 AM', to: '1:00 PM', studio: 'Studio 5-2', location: '890 Broadway (Union Square)' },
  { days: 3, from: '12:30 PM', to: '2:00 PM', studio: 'Studio 1', location: '890 Broadway (Union Square)' },
  { days: 6, from: '1:00 PM', to: '3:00 PM', studio: 'Studio A', location: '280 Broadway (Lower Manhattan)' },
  { days: 9, from: '11:00 AM', to: '12:00 PM', studio: 'Studio H', location: '280 Broadway (Lower Manhattan)' },
  { days: 13, from: '6:30 PM', to: '9:30 PM', studio: 'Studio 5-2', location: '890 Broadway (Union Square)' },
  { days: -2, from: '4:00 PM', to: '6:00 PM', studio: 'Studio A', location: '280 Broadway (Lower Manhattan)' },
  { days: -5, from: '9:00 AM', to: '10:30 AM', studio: 'Studio H', location: '280 Broadway (Lower Manhattan)' },
  { days: -19, from: '2:00 PM', to: '5:00 PM', studio: 'Studio 1', location: '890 Broadway (Union Square)' },
  { days: -33, from: '6:00 PM', to: '8:00 PM', studio: 'Studio A', location: '280 Broadway (Lower Manhattan)' },
  { days: -61, from: '7:00 PM', to: '9:00 PM', studio: 'Studio C', location: '280 Broadway (Lower Manhattan)' },
];

/** Registers, connects and syncs twice, so that there is something that changed. Resolves with the page it used. */
export async function makeDancer(browser: Browser, stack: { url: string; portalUrl: string }): Promise<Page> {
  const portal = connectControl(stack.portalUrl);
  await portal.addUser({ username, password: portalPassword, rentals: 0 });
  const made = [];
  for (const { days, from, to, studio, location } of rentals)
    made.push(
      await portal.addRental(username, {
        start: at(days, from),
        end: at(days, to),
        studio,
        location,
        status: 'Approved',
      }),
    );
  const page = await (await browser.newContext({ baseURL: stack.url })).newPage();
  const dashboard = new DashboardPage(page);
  await new AccountPage(page).register(dancerEmail, password);
  await dashboard.connect(username, portalPassword);
  await dashboard.untilSynced(rentals.length);
  await portal.updateRental(username, made[0]!.recordId, { start: at(1, '6:00 PM'), end: at(1, '8:00 PM') });
  await portal.updateRental(username, made[5]!.recordId, { status: 'Canceled', price: '$0.00' });
  await portal.updateRental(username, made[6]!.recordId, { status: 'Requested' });
  await portal.updateRental(username, made[7]!.recordId, { price: '$41.50' });
  await page.reload();
  await dashboard.syncNow.click();
  await dashboard.cancel.waitFor();
  await dashboard.untilSynced(rentals.length);
  return page;
}

/** Sets up a second calendar and a key, as the settings show them. */
export async function furnish(page: Page): Promise<void> {
  await page.goto('/settings/keys');
  await page.getByLabel('What it is for').fill('Company call sheet');
  await page.getByRole('button', { name: 'Create key' }).click();
  await page.getByText('it will not be shown again').waitFor();
  await page.goto('/calendar');
  await page.getByRole('button', { name: 'Done, show my rentals' }).click();
  await page.waitForURL('**/dashboard');
}
