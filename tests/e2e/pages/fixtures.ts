/** What every journey starts from: a dancer with accounts of their own, here and at the portal. */
import { randomUUID } from 'node:crypto';
import { test as base } from '@playwright/test';
import { connectControl, type RemoteControl } from '#tests/portal/control-client.ts';
import { DashboardPage } from './dashboard-page.ts';
import { AccountPage } from './account-page.ts';
import { SettingsPage } from './settings-page.ts';

export interface Dancer {
  email: string;
  password: string;
  /** The sign-in at the portal. */
  username: string;
  portalPassword: string;
}

interface Journey {
  portal: RemoteControl;
  dancer: Dancer;
  account: AccountPage;
  dashboard: DashboardPage;
  settings: SettingsPage;
  /** Gives the dancer so many rentals and an account here, connects the two, and waits for the first sync. */
  connected(rentals: number): Promise<void>;
}

export const test = base.extend<Journey>({
  // eslint-disable-next-line no-empty-pattern -- Playwright reads the fixtures' names from this pattern.
  portal: async ({}, use) => {
    await use(connectControl(process.env.E2E_PORTAL_URL!));
  },
  // eslint-disable-next-line no-empty-pattern -- the same
  dancer: async ({}, use) => {
    const name = randomUUID().slice(0, 8);
    await use({
      email: `${name}@dancers.example`,
      password: 'grand-jete-1',
      username: `${name}@portal.example`,
      portalPassword: 'battement',
    });
  },
  account: async ({ page }, use) => {
    await use(new AccountPage(page));
  },
  dashboard: async ({ page }, use) => {
    await use(new DashboardPage(page));
  },
  settings: async ({ page }, use) => {
    await use(new SettingsPage(page));
  },
  connected: async ({ portal, dancer, account, dashboard }, use) => {
    await use(async (rentals) => {
      await portal.addUser({ username: dancer.username, password: dancer.portalPassword, rentals });
      await account.register(dancer.email, dancer.password);
      await dashboard.connect(dancer.username, dancer.portalPassword);
      await dashboard.untilSynced(rentals);
    });
  },
});

export { expect } from '@playwright/test';
