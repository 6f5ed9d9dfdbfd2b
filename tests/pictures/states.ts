/** The dashboard in each state that is not "all is well", each with a dancer of its own. */
import type { Page } from '@playwright/test';
import { DashboardPage } from '../e2e/pages/dashboard-page.ts';
import { AccountPage } from '../e2e/pages/account-page.ts';
import { wallClock } from '../e2e/pages/wall-clock.ts';
import type { RemoteControl } from '../portal/control-client.ts';
import { password } from './demo-data.ts';

export interface State {
  name: string;
  /** Brings it about on the page, from the registration on. */
  arrange(page: Page, portal: RemoteControl): Promise<unknown>;
}

const portalPassword = 'battement';

/** Registers and connects a dancer with so many rentals. */
async function connect(page: Page, portal: RemoteControl, name: string, rentals: number): Promise<DashboardPage> {
  const username = `${name}@dance.example`;
  await portal.addUser({ username, password: portalPassword, rentals });
  await new AccountPage(page).register(username, password);
  const dashboard = new DashboardPage(page);
  await dashboard.connect(username, portalPassword);
  return dashboard;
}

async function connected(page: Page, portal: RemoteControl, name: string, rentals: number): Promise<DashboardPage> {
  const dashboard = await connect(page, portal, name, rentals);
  await dashboard.untilSynced(rentals);
  await page.reload();
  return dashboard;
}

export const states: State[] = [
  {
    name: 'first-step',
    arrange: (page) => new AccountPage(page).register('first-step@dance.example', password),
  },
  {
    name: 'first-sync',
    async arrange(page, portal) {
      await portal.misbehave({ kind: 'hang', at: 'rows', user: 'first-sync@dance.example' });
      const dashboard = await connect(page, portal, 'first-sync', 12);
      await dashboard.cancel.waitFor();
    },
  },
  {
    name: 'reading',
    async arrange(page, portal) {
      const dashboard = await connected(page, portal, 'reading', 137);
      await portal.misbehave({ kind: 'batchNeverArrives', user: 'reading@dance.example' });
      await dashboard.syncNow.click();
      await dashboard.panel.getByText(/Reading rentals.*\d/).waitFor();
    },
  },
  {
    name: 'refused',
    async arrange(page, portal) {
      await portal.addUser({ username: 'refused@dance.example', password: portalPassword, rentals: 3 });
      await new AccountPage(page).register('refused@dance.example', password);
      const dashboard = new DashboardPage(page);
      await dashboard.connect('refused@dance.example', 'not this one');
      await page.getByRole('heading', { name: 'Gibney said no.' }).waitFor();
    },
  },
  {
    name: 'paused',
    async arrange(page, portal) {
      await connected(page, portal, 'paused', 5);
      await page.goto('/settings');
      await page.getByRole('button', { name: 'Pause syncing' }).click();
      await page.getByRole('button', { name: 'Resume syncing' }).waitFor();
      await page.goto('/dashboard');
    },
  },
  {
    name: 'portal-changed',
    async arrange(page, portal) {
      const dashboard = await connected(page, portal, 'changed', 5);
      await portal.misbehave({ kind: 'columnGone', column: 'location', user: 'changed@dance.example' });
      await dashboard.syncNow.click();
      await dashboard.panel.getByText('changed its rentals page').first().waitFor();
    },
  },
  {
    name: 'past-missing',
    async arrange(page, portal) {
      const dashboard = await connected(page, portal, 'cut', 40);
      const whole = await portal.rentals('cut@dance.example');
      const coming = whole.filter(({ start }) => Date.parse(start) > Date.now());
      await portal.setRentals('cut@dance.example', coming);
      await dashboard.syncNow.click();
      await dashboard.panel.getByText('Synced with gaps').waitFor();
    },
  },
  {
    name: 'urgent',
    async arrange(page, portal) {
      const dashboard = await connect(page, portal, 'urgent', 0);
      await dashboard.untilSynced(0);
      const add = (days: number, studio: string) =>
        portal.addRental('urgent@dance.example', {
          start: wallClock(days, 2),
          end: wallClock(days, 3),
          studio,
          location: '280 Broadway (Lower Manhattan)',
          status: 'Approved',
        });
      const [first, second] = [await add(1, 'Studio E'), await add(2, 'Studio C'), await add(4, 'Studio A')];
      await dashboard.syncNow.click();
      await dashboard.untilSynced(3);
      await portal.updateRental('urgent@dance.example', first.recordId, { status: 'Canceled' });
      await portal.updateRental('urgent@dance.example', second.recordId, {
        start: wallClock(3, 5),
        end: wallClock(3, 6),
        studio: 'Studio H',
      });
      await dashboard.syncNow.click();
      await dashboard.urgent.waitFor();
    },
  },
  { name: 'no-rentals', arrange: (page, portal) => connected(page, portal, 'none', 0) },
  { name: 'many-rentals', arrange: (page, portal) => connected(page, portal, 'many', 137) },
];
