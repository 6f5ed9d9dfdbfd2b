import { expect, test } from './pages/fixtures.ts';

test('a new dancer goes from the account to the calendar, step by step', async ({
  page,
  portal,
  dancer,
  account,
  dashboard,
}) => {
  const step = page.locator('[aria-current="step"]');
  await portal.addUser({ username: dancer.username, password: dancer.portalPassword, rentals: 5 });
  await page.goto('/register');
  await expect(step).toHaveText(/Account/);
  await account.register(dancer.email, dancer.password);
  await expect(step).toHaveText(/Gibney/);
  await dashboard.connect(dancer.username, dancer.portalPassword);
  await dashboard.untilSynced(5);
  await expect(step).toHaveText(/calendar/);
  await page.getByRole('link', { name: 'Add to calendar' }).click();
  await expect(page.getByRole('link', { name: /^Google/ })).toHaveAttribute('href', /calendar\.google\.com/);
  await page.getByRole('button', { name: 'Done, show my rentals' }).click();
  await expect(dashboard.next).toBeVisible();
  await expect(step).toHaveCount(0);
});

test('calendars are made, changed, moved to a new address and deleted', async ({
  page,
  settings,
  request,
  connected,
}) => {
  await connected(30);

  await settings.openCalendar();
  await page.getByText('Create a calendar').click();
  const making = page.getByRole('region', { name: 'Another calendar' });
  await making.getByLabel('Name of the calendar').fill('Company');
  await making.getByLabel('280 Broadway (Lower Manhattan)').check();
  await making.getByLabel('2 hours before').check();
  await making.getByRole('button', { name: 'Create the calendar' }).click();

  const company = settings.calendar('Company');
  await expect(company).toContainText('at 280 Broadway (Lower Manhattan), alerts 2 hours before');
  await expect(company.getByRole('link', { name: 'Apple' })).toHaveAttribute('href', /^webcal:/);
  const address = company.getByLabel('Address');
  const first = await address.inputValue();
  const feed = await request.get(first);
  expect(feed.status()).toBe(200);
  const text = await feed.text();
  expect(text).toContain('VALARM');
  expect(text).toContain('280 Broadway');
  expect(text).not.toContain('890 Broadway');

  await company.getByText('Edit this calendar').click();
  await company.getByLabel('hide canceled rentals').check();
  await company.getByRole('button', { name: 'Save calendar' }).click();
  await expect(company).toContainText('canceled ones hidden');

  await company.getByText('Replace the address or delete').click();
  await company.getByRole('button', { name: 'Replace the address' }).click();
  await expect(address).not.toHaveValue(first);
  expect((await request.get(first)).status()).toBe(404);
  expect((await request.get(await address.inputValue())).status()).toBe(200);

  await company.getByRole('button', { name: 'Delete calendar' }).click();
  await expect(company).toHaveCount(0);
  await expect(settings.calendar('My rentals')).toBeVisible();
});

test('the address of a calendar is copied with one press', async ({ page, context, dancer, account, settings }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await account.register(dancer.email, dancer.password);
  await settings.openCalendar();
  await page.getByRole('button', { name: 'Copy the address' }).click();
  await expect(settings.toasts).toContainText('Address copied.');
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(copied).toBe(await page.getByLabel('Address').inputValue());
});
