import { expect, test, type Dancer } from './pages/fixtures.ts';
import type { RemoteControl } from '../portal/control-client.ts';

/** Slow enough that each phase can be seen on the page. */
const unhurried = { signInMs: 500, gridMs: 500, batchMs: 2_200 };

function addDancer(portal: RemoteControl, dancer: Dancer, rentals: number, delays = {}): Promise<unknown> {
  return portal.addUser({ username: dancer.username, password: dancer.portalPassword, rentals, delays });
}

/** A wall-clock time so many days from now, as the portal writes it. */
function wallClock(days: number, hour: number): string {
  const day = new Date(Date.now() + days * 86_400_000);
  const date = new Intl.DateTimeFormat('en-US', { timeZone: 'America/New_York', dateStyle: 'short' }).formatToParts(
    day,
  );
  const part = (type: string) => date.find((one) => one.type === type)!.value;
  return `${part('month')}/${part('day')}/20${part('year')} ${hour}:00 PM`;
}

test('from registration to the rentals on the page, every step in sight', async ({
  page,
  portal,
  dancer,
  account,
  dashboard,
}) => {
  await addDancer(portal, dancer, 137, unhurried);
  await account.register(dancer.email, dancer.password);
  await expect(page.getByRole('heading', { name: 'Connect Gibney.' })).toBeVisible();

  const phases = await dashboard.watchPhases();
  await dashboard.connect(dancer.username, dancer.portalPassword);
  await dashboard.untilSynced(137);

  const seen = await phases();
  expect(seen).toEqual(
    expect.arrayContaining(['Connecting to Gibney...', 'Logging into Gibney...', 'Processing 137 bookings...']),
  );
  expect(seen.some((text) => /^Reading rentals\.\.\. \(\d+ so far\)$/.test(text))).toBe(true);
  await expect(dashboard.next).toBeVisible();
  await expect(dashboard.changes).toContainText('137 rentals are new');

  const coming = await dashboard.rows.count();
  expect(coming).toBeGreaterThan(0);
  await dashboard.showEarlier();
  await expect.poll(() => dashboard.rows.count()).toBeGreaterThan(coming);
});

test('a sync brings new and moved rentals to the page without a reload', async ({
  page,
  portal,
  dancer,
  account,
  dashboard,
}) => {
  await addDancer(portal, dancer, 12);
  await account.register(dancer.email, dancer.password);
  await dashboard.connect(dancer.username, dancer.portalPassword);
  await dashboard.untilSynced(12);
  await page.evaluate(() => Object.assign(window, { stillThis: true }));

  const added = await portal.addRental(dancer.username, {
    start: wallClock(1, 6),
    end: wallClock(1, 8),
    status: 'Approved',
    studio: 'Studio X',
  });
  await dashboard.syncNow.click();
  await expect(dashboard.row(added.recordId)).toContainText('new');
  await dashboard.untilSynced(13);
  await expect(dashboard.changes.getByRole('listitem').filter({ hasText: 'Studio X' })).toContainText(
    /6:00 – 8:00 PM.*new/s,
  );

  await portal.updateRental(dancer.username, added.recordId, { start: wallClock(1, 7) });
  await dashboard.syncNow.click();
  await expect(dashboard.row(added.recordId)).toContainText('moved from 6:00 PM');
  await expect(dashboard.row(added.recordId)).toContainText('7:00 – 8:00 PM');
  expect(await page.evaluate(() => 'stillThis' in window)).toBe(true);
});

test('wrong credentials are said once with the way out, and new ones sync at once', async ({
  page,
  portal,
  dancer,
  account,
  dashboard,
}) => {
  await addDancer(portal, dancer, 3);
  await account.register(dancer.email, dancer.password);
  await dashboard.connect(dancer.username, 'not this one');
  await expect(page.getByRole('heading', { name: 'Gibney said no.' })).toBeVisible();
  await expect(page.getByText(/not accept/)).toHaveCount(1);
  await expect(page.locator('.button.primary')).toHaveText(['Connect and sync']);
  await expect(page.getByLabel('Gibney username')).toHaveValue(dancer.username);
  await expect(page.getByLabel('Gibney password')).toBeFocused();
  await expect(page.getByLabel('Gibney password')).toHaveAccessibleDescription(/did not accept this/);

  const phases = await dashboard.watchPhases();
  await page.keyboard.type(dancer.portalPassword);
  await page.keyboard.press('Enter');
  await dashboard.untilSynced(3);
  expect((await phases()).filter((text) => text.includes('accept'))).toEqual([]);

  // Later a refusal leads to the settings: what was synced before stays on the page.
  await portal.misbehave({ kind: 'wrongCredentials', user: dancer.username });
  await portal.endSessions(dancer.username);
  await dashboard.syncNow.click();
  await expect(dashboard.panel).toContainText('Gibney did not accept this username and password.');
  await expect(page.locator('tr[data-record]').first()).toBeVisible();
  await page.getByRole('link', { name: 'Update your sign-in' }).click();
  await expect(page.getByText('Saved, but not accepted by Gibney:')).toBeVisible();
});

test('an account without rentals is told so', async ({ page, portal, dancer, account, dashboard }) => {
  await addDancer(portal, dancer, 0);
  await account.register(dancer.email, dancer.password);
  await dashboard.connect(dancer.username, dancer.portalPassword);
  await dashboard.untilSynced(0);
  await expect(page.getByText('Gibney lists no rentals for this account.')).toBeVisible();
  await expect(page.getByRole('link', { name: 'Add to calendar' })).toHaveCount(0);
  await page.getByRole('button', { name: 'Hide the first steps' }).click();
  await expect(page.getByRole('heading', { name: /First steps/ })).toHaveCount(0);
});

test('a running sync is cancelled in its place', async ({ portal, dancer, account, dashboard }) => {
  await addDancer(portal, dancer, 3);
  await account.register(dancer.email, dancer.password);
  await portal.misbehave({ kind: 'hang', at: 'rows', user: dancer.username });
  await dashboard.connect(dancer.username, dancer.portalPassword);
  await portal.waitFor({ counter: 'goodLogins', atLeast: 1, user: dancer.username });
  await dashboard.cancel.click();
  await expect(dashboard.panel).toContainText('You canceled this sync.');
  await expect(dashboard.syncNow).toBeVisible();
});

test('syncing is paused in the settings and resumed on the dashboard', async ({
  page,
  portal,
  dancer,
  account,
  dashboard,
}) => {
  await addDancer(portal, dancer, 3);
  await account.register(dancer.email, dancer.password);
  await dashboard.connect(dancer.username, dancer.portalPassword);
  await dashboard.untilSynced(3);

  await page.getByRole('link', { name: 'Settings' }).click();
  await page.getByRole('button', { name: 'Pause syncing' }).click();
  await expect(page.getByRole('button', { name: 'Resume syncing' })).toBeVisible();
  await page.getByRole('link', { name: 'Today' }).click();
  await expect(dashboard.panel).toContainText('Syncing is paused.');
  await page.getByRole('button', { name: 'Resume syncing' }).click();
  await expect(dashboard.syncNow).toBeVisible();
});

test('each sync is in the history, with what it wrote down', async ({ page, portal, dancer, account, dashboard }) => {
  await addDancer(portal, dancer, 3);
  await account.register(dancer.email, dancer.password);
  await dashboard.connect(dancer.username, dancer.portalPassword);
  await dashboard.untilSynced(3);

  await page.getByRole('link', { name: 'All syncs' }).click();
  await expect(page.getByRole('cell', { name: 'Completed' })).toBeVisible();
  await page.getByRole('rowheader').getByRole('link').click();
  await expect(page.getByRole('region', { name: 'Log' })).toContainText('Successfully synced 3 bookings');
});

test('pages ask for a sign-in, and come back to it afterwards', async ({ page, dancer, account }) => {
  await account.register(dancer.email, dancer.password);
  await page.goto('/settings');
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page.getByRole('link', { name: 'Sign in' }).first()).toBeVisible();

  await page.goto('/history');
  await expect(page).toHaveURL(/\/sign-in\?to=/);
  await account.fill(dancer.email, 'not this one at all');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('alert')).toContainText('E-mail or password is wrong.');
  await account.fill(dancer.email, dancer.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('heading', { name: 'Syncs', level: 1 })).toBeVisible();
  await expect(page.getByRole('main')).toBeFocused();
});

test('going back after signing out shows nothing of the account', async ({ page, dancer, account, settings }) => {
  await account.register(dancer.email, dancer.password);
  await settings.open('account');
  await expect(page.getByText(dancer.email).first()).toBeVisible();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page.getByRole('link', { name: 'Create account' }).first()).toBeVisible();

  await page.goBack();
  await expect(page).toHaveURL(/\/sign-in\?to=/);
  await expect(page.getByRole('heading', { name: 'Sign in.' })).toBeVisible();
  await expect(page.getByText(dancer.email)).toBeHidden();
});

test('a page that is not there, and a sync of nobody, say so', async ({ page, dancer, account }) => {
  await account.register(dancer.email, dancer.password);
  for (const path of ['/nowhere', '/history/0d0f3c1e-1b5e-4c55-9d0e-0a1b2c3d4e5f', '/history/not-an-id']) {
    const answer = await page.goto(path);
    expect(answer!.status()).toBe(404);
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('Page not found.');
  }
});

test.describe('without script', () => {
  test.use({ javaScriptEnabled: false });

  test('the forms work, and the page shows what the server knows', async ({
    page,
    portal,
    dancer,
    account,
    dashboard,
  }) => {
    await addDancer(portal, dancer, 3);
    await account.register(dancer.email, dancer.password);
    await dashboard.connect(dancer.username, dancer.portalPassword);
    await expect(async () => {
      await page.reload();
      await expect(dashboard.panel).toContainText('Successfully synced 3 bookings', { timeout: 500 });
    }).toPass();
    await dashboard.syncNow.click();
    await expect(dashboard.panel).toContainText(/Initializing|Connecting|Reading|Successfully/);
  });
});
