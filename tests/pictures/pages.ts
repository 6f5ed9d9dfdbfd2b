import { randomUUID } from 'node:crypto';
import { expect, type Page } from '@playwright/test';

/** Every page that is photographed, by the name of its picture. */
export interface Shot {
  name: string;
  path: string;
  /** Waits for, or brings about, what the picture is to show. */
  ready?: (page: Page) => Promise<unknown>;
}

export const publicShots: Shot[] = [
  { name: 'home', path: '/' },
  { name: 'how-it-works', path: '/how-it-works' },
  { name: 'security', path: '/security' },
  { name: 'privacy', path: '/privacy' },
  { name: 'terms', path: '/terms' },
  { name: 'help', path: '/help' },
  { name: 'sign-in', path: '/sign-in' },
  { name: 'register', path: '/register' },
  { name: 'forgot-password', path: '/forgot-password' },
  { name: 'reset-password', path: '/reset-password#a-token' },
  { name: 'confirm-email', path: '/confirm-email#a-token' },
  { name: 'api-docs', path: '/api/docs' },
  { name: 'not-found', path: '/nowhere' },
  { name: 'offline', path: '/offline.html' },
];

export const ownShots: Shot[] = [
  { name: 'dashboard', path: '/dashboard' },
  { name: 'dashboard-earlier', path: '/dashboard?earlier=' },
  { name: 'bookings', path: '/bookings' },
  { name: 'bookings-month', path: '/bookings/month' },
  { name: 'bookings-week', path: '/bookings/week' },
  { name: 'bookings-totals', path: '/bookings/totals' },
  { name: 'bookings-nothing', path: '/bookings?q=nothing+like+this' },
  {
    name: 'booking',
    path: '/bookings',
    ready: async (page) => {
      await page.locator('tr[data-record] a').first().click();
      await page.waitForURL('**/bookings/*-*');
    },
  },
  {
    name: 'call-sheet',
    path: '/call-sheets/new',
    ready: async (page) => {
      await page.getByLabel('Title').fill('Spring piece');
      await page.getByRole('button', { name: 'Make the call sheet' }).click();
      await page.waitForURL('**/call-sheets/*-*');
    },
  },
  { name: 'costs', path: '/costs' },
  { name: 'groups', path: '/groups' },
  {
    name: 'group',
    path: '/groups',
    ready: async (page) => {
      await page.getByLabel('Name').fill(`Spring piece ${randomUUID().slice(0, 4)}`);
      await page.getByRole('button', { name: 'Make group' }).click();
      await page.waitForURL('**/groups/*-*');
      await page.getByLabel('Studio').selectOption('Studio A');
      await page.getByRole('button', { name: 'Add rule' }).click();
      await page.getByRole('button', { name: 'Delete the rule' }).waitFor();
    },
  },
  { name: 'costs-period', path: '/costs?from=2020-01-01&to=2029-12-31' },
  { name: 'changes', path: '/changes' },
  { name: 'as-of', path: '/changes/as-of' },
  { name: 'history', path: '/history' },
  {
    name: 'history-job',
    path: '/history',
    ready: async (page) => {
      await page.locator('a[href^="/history/"]').first().click();
      await page.waitForURL('**/history/*');
    },
  },
  { name: 'calendar', path: '/calendar' },
  {
    name: 'calendar-change',
    path: '/calendar',
    ready: (page) => page.getByText('Edit this calendar').first().click(),
  },
  { name: 'settings', path: '/settings' },
  { name: 'settings-notifications', path: '/settings/notifications' },
  { name: 'settings-webhooks', path: '/settings/webhooks' },
  { name: 'settings-account', path: '/settings/account' },
  { name: 'settings-devices', path: '/settings/devices' },
  { name: 'settings-keys', path: '/settings/keys' },
  {
    name: 'shortcuts',
    path: '/settings/devices',
    ready: (page) =>
      expect(async () => {
        // Until the page's script runs, nobody hears it.
        await page.keyboard.press('?');
        await expect(page.getByRole('dialog')).toBeVisible({ timeout: 500 });
      }).toPass(),
  },
];

const toTheUser = async (page: Page) => {
  await page.locator('a[href^="/operate/users/"]').first().click();
  await page.waitForURL('**/operate/users/*');
};

const tryBulk = async (page: Page) => {
  await page.getByLabel('What').selectOption('pause');
  await page.getByRole('button', { name: 'Dry run' }).click();
  await page.getByText('It would be about').waitFor();
};

/** With the role of an operator, which the pages before are not to show. */
export const operatorShots: Shot[] = [
  { name: 'operate', path: '/operate' },
  { name: 'operate-user', path: '/operate', ready: toTheUser },
  {
    name: 'operate-user-refused',
    path: '/operate',
    async ready(page) {
      await toTheUser(page);
      await page.getByLabel('Reason, for the audit log').fill('no');
      await page.getByRole('button', { name: 'Pause' }).click();
      await page.getByText('Say why').first().waitFor();
    },
  },
  {
    name: 'operate-user-bookings',
    path: '/operate',
    async ready(page) {
      await toTheUser(page);
      const bookings = page.getByRole('region', { name: 'Bookings' });
      await bookings.getByLabel('Reason').fill('ticket 12');
      await bookings.getByRole('button', { name: 'Show the bookings' }).click();
      await bookings.getByRole('listitem').first().waitFor();
    },
  },
  {
    name: 'operate-health',
    path: '/operate/health',
    ready: (page) => page.getByText('As a table').first().click(),
  },
  { name: 'operate-failures', path: '/operate/failures' },
  { name: 'operate-bulk', path: '/operate/bulk' },
  { name: 'operate-bulk-tried', path: '/operate/bulk', ready: tryBulk },
  {
    name: 'operate-bulk-done',
    path: '/operate/bulk',
    async ready(page) {
      await tryBulk(page);
      const operations = page.locator('#operations li');
      const before = await operations.count();
      await page.getByRole('button', { name: /^Pause \d/ }).click();
      await expect(operations).toHaveCount(before + 1);
      await operations.first().getByRole('button', { name: 'Undo' }).click();
      await expect(operations.first()).toContainText('(undo)');
      await expect(page.getByRole('button', { name: 'Stop' })).toHaveCount(0, { timeout: 30_000 });
    },
  },
  { name: 'operate-audit', path: '/operate/audit' },
];
