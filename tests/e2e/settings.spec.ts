import { expect, test } from './pages/fixtures.ts';
import { inputTime } from './pages/wall-clock.ts';

test('a Gibney sign-in is tried where it is typed', async ({ page, portal, dancer, account, dashboard, settings }) => {
  await portal.addUser({ username: dancer.username, password: dancer.portalPassword, rentals: 3 });
  await account.register(dancer.email, dancer.password);
  await settings.open();
  await dashboard.connect(dancer.username, 'not this one');
  await expect(page.getByRole('region', { name: 'Sync with Gibney' })).toContainText('did not accept');

  await page.getByLabel('Gibney username').fill(dancer.username);
  await page.getByLabel('Gibney password').fill(dancer.portalPassword);
  await page.getByRole('button', { name: 'Test and save' }).click();
  await dashboard.untilSynced(3);
  await expect(page).toHaveURL(/\/settings/);
});

test('a new Gibney sign-in takes the place of one that works only if Gibney accepts it', async ({
  page,
  portal,
  dancer,
  account,
  dashboard,
  settings,
}) => {
  const other = `other-${dancer.username}`;
  await portal.addUser({ username: dancer.username, password: dancer.portalPassword, rentals: 3 });
  await portal.addUser({ username: other, password: dancer.portalPassword, rentals: 5 });
  await account.register(dancer.email, dancer.password);
  await dashboard.connect(dancer.username, dancer.portalPassword);
  await dashboard.untilSynced(3);

  const tryOut = async (password: string) => {
    await page.getByLabel('Gibney username').fill(other);
    await page.getByLabel('Gibney password').fill(password);
    await page.getByRole('button', { name: 'Test and save' }).click();
  };
  await settings.open();
  await tryOut('not this one');
  await expect(dashboard.panel).toContainText('The new sign-in was not saved. Your previous one is kept');
  await expect(page.getByText(`Connected as ${dancer.username}`)).toBeVisible();
  await settings.open();
  await expect(page.getByText(`Connected as ${dancer.username}`)).toBeVisible();

  await tryOut(dancer.portalPassword);
  await dashboard.untilSynced(5);
  await expect(page.getByText(`Connected as ${other}`)).toBeVisible();
});

test('the schedule and quiet hours are kept', async ({ page, dancer, account, settings }) => {
  await account.register(dancer.email, dancer.password);
  await settings.open();
  await page.getByLabel('Sync automatically').selectOption({ label: 'every 4 hours' });
  const closer = page.getByLabel('On the day before a rental, sync every 30 minutes, but not at night');
  await closer.check();
  await page.getByLabel('Quiet hours: no automatic syncs').check();
  await page.getByLabel('From').fill('22:30');
  await page.getByLabel('To', { exact: true }).fill('06:15');
  await page.getByLabel('Time zone').selectOption('Europe/London');
  await page.getByRole('button', { name: 'Save the schedule' }).click();
  await expect(settings.toasts).toContainText('Saved.');

  await settings.open();
  await expect(page.getByLabel('Sync automatically')).toHaveValue('240');
  await expect(closer).toBeChecked();
  await expect(page.getByLabel('From')).toHaveValue('22:30');
  await expect(page.getByLabel('To', { exact: true })).toHaveValue('06:15');
  await expect(page.getByLabel('Time zone')).toHaveValue('Europe/London');

  await page.getByLabel('To', { exact: true }).fill('22:30');
  await page.getByRole('button', { name: 'Save the schedule' }).click();
  await expect(page.getByText('Quiet hours must end at another time than they begin.')).toBeVisible();
});

test('one more sync is asked for, and a pause ends by itself', async ({
  page,
  portal,
  dancer,
  account,
  dashboard,
  settings,
}) => {
  await portal.addUser({ username: dancer.username, password: dancer.portalPassword, rentals: 3 });
  await account.register(dancer.email, dancer.password);
  await dashboard.connect(dancer.username, dancer.portalPassword);
  await dashboard.untilSynced(3);
  await settings.open();
  const next = page.getByRole('list', { name: 'The next syncs' }).getByRole('listitem');
  await expect(next).toHaveCount(5);
  await expect(next.first()).toContainText('as usual');

  const again = page.getByLabel('Sync once more at');
  await again.fill(inputTime(9));
  await page.getByRole('button', { name: 'Sync then' }).click();
  await expect(page.getByText('Give a time in the next 7 days.')).toBeVisible();
  await again.fill(inputTime(0, 1.5));
  await page.getByRole('button', { name: 'Sync then' }).click();
  await expect(page.getByText('One more sync is planned.')).toBeVisible();
  await expect(next.first()).toContainText('you asked for it');
  await page.getByRole('button', { name: 'Not after all' }).click();
  await expect(page.getByText('Only the usual syncs are left.')).toBeVisible();
  await expect(next.first()).toContainText('as usual');

  await page.getByLabel('Until').fill(inputTime(2));
  await page.getByRole('button', { name: 'Pause syncing' }).click();
  await expect(page.getByText('It goes on by itself')).toBeVisible();
  await expect(next.first()).toContainText('after your pause');
  await page.getByRole('button', { name: 'Resume syncing' }).click();
  await expect(next.first()).toContainText('as usual');
});

test('an API key is shown once, works within its scope, and ends when it is revoked', async ({
  page,
  dancer,
  account,
  settings,
  request,
}) => {
  await account.register(dancer.email, dancer.password);
  await settings.open('keys');
  const key = await settings.makeKey('Call sheet', 'Read rentals, changes, syncs');
  const ask = (path: string) => request.fetch(path, { headers: { authorization: `Bearer ${key}` } });
  expect((await ask('/api/v1/user/bookings')).status()).toBe(200);

  await settings.open('keys');
  await expect(page.getByText('Call sheet')).toBeVisible();
  await expect(page.getByText(key)).toHaveCount(0);
  await page.getByRole('button', { name: 'Revoke Call sheet' }).click();
  await expect(page.getByText('You have no keys.')).toBeVisible();
  expect((await ask('/api/v1/user/bookings')).status()).toBe(401);
});

test('another device is signed out from here', async ({ page, browser, dancer, account, settings }) => {
  await account.register(dancer.email, dancer.password);
  const other = await browser.newPage();
  await other.goto('/sign-in');
  await other.getByLabel('E-mail').fill(dancer.email);
  await other.getByLabel('Password').fill(dancer.password);
  await other.getByRole('button', { name: 'Sign in' }).click();
  await other.waitForURL('**/dashboard');

  await settings.open('devices');
  await page.getByRole('button', { name: 'Sign out everywhere else' }).click();
  await expect(settings.toasts).toContainText('Signed out everywhere else.');
  // Its page was open, and goes there by itself.
  await expect(other).toHaveURL(/\/sign-in/);
  await page.reload();
  await expect(page.getByText('this device', { exact: true })).toBeVisible();
  await other.close();
});

test('password and e-mail change, and the account goes with everything', async ({
  page,
  dancer,
  account,
  settings,
}) => {
  await account.register(dancer.email, dancer.password);
  await settings.open('account');
  await page.getByLabel('Current password').fill('not this one');
  await page.getByLabel('New password').fill('pas-de-chat-2');
  await page.getByRole('button', { name: 'Change password' }).click();
  await expect(page.getByText('This is not your password.')).toBeVisible();
  await page.getByLabel('Current password').fill(dancer.password);
  await page.getByLabel('New password').fill('pas-de-chat-2');
  await page.getByRole('button', { name: 'Change password' }).click();
  await expect(settings.toasts).toContainText('Your password is changed.');

  await page.getByLabel('New e-mail').fill(`new-${dancer.email}`);
  await page.getByLabel('Your password here').fill('pas-de-chat-2');
  await page.getByRole('button', { name: 'Change e-mail' }).click();
  await expect(page.getByRole('region', { name: 'E-mail' })).toContainText(`new-${dancer.email}`);

  await page.getByLabel('Your password, to confirm it is you').fill('pas-de-chat-2');
  await page.getByLabel('Delete everything, for good').check();
  await page.getByRole('button', { name: 'Delete my account' }).click();
  await expect(page.getByText('Your account is deleted,')).toBeVisible();
  await page.goto('/dashboard');
  await expect(page).toHaveURL(/\/sign-in/);
});

test('a forgotten password is asked for without telling who has an account', async ({ page, dancer, settings }) => {
  await page.goto('/forgot-password');
  await settings.ready();
  await page.getByLabel('E-mail').fill(dancer.email);
  await page.getByRole('button', { name: 'E-mail me a link' }).click();
  await expect(page.getByRole('main').getByRole('status')).toContainText('If there is an account');
});

test('a link for a new password is not left in the address, and an old one says so', async ({ page }) => {
  await page.goto('/reset-password#not-a-token-of-ours');
  await expect(page).toHaveURL(/\/reset-password$/);
  await page.getByLabel('New password').fill('pas-de-chat-2');
  await page.getByRole('button', { name: 'Save password' }).click();
  await expect(page.getByRole('alert')).toContainText('This link was used already or is too old.');
  await expect(page.getByLabel('New password')).toBeHidden();
  await page.getByRole('link', { name: 'Ask for a new link' }).click();
  await expect(page).toHaveURL(/\/forgot-password$/);
});

test('an old link to confirm an address leads to a new one', async ({ page }) => {
  await page.goto('/confirm-email#not-a-token-of-ours');
  await page.getByRole('button', { name: 'Confirm' }).click();
  await expect(page.getByRole('alert')).toContainText('This link was used already or is too old.');
  await expect(page.getByRole('button', { name: 'Confirm' })).toBeHidden();
  await expect(page.getByRole('link', { name: 'Ask for a new link' })).toBeVisible();
});
