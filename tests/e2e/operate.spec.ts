import { expect, test } from './pages/fixtures.ts';
import { makeOperator } from './pages/operator.ts';

test('an operator finds a user, pauses and resumes them, says why to see bookings, and tries many at once', async ({
  page,
  dancer,
  account,
}) => {
  test.slow();
  await account.register(dancer.email, dancer.password);
  await page.goto('/operate');
  await expect(page.getByRole('heading', { name: 'Page not found.' })).toBeVisible();
  await makeOperator(dancer.email);

  await expect(async () => {
    await page.goto(`/operate?email=${encodeURIComponent(dancer.email)}`);
    await page.getByRole('link', { name: dancer.email }).click({ timeout: 2_000 });
  }).toPass();
  await expect(page.getByRole('heading', { name: dancer.email })).toBeVisible();
  await page.getByLabel('Reason, for the audit log').fill('asked on the phone');
  await page.getByRole('button', { name: 'Pause' }).click();
  await page.getByRole('button', { name: 'Show the bookings' }).click();
  await page.getByLabel('Reason', { exact: true }).fill('ticket 12');
  await page.getByRole('button', { name: 'Show the bookings' }).click();
  await expect(page.getByText('There are none.')).toBeVisible();

  await page.getByRole('link', { name: 'Many at once' }).click();
  await page.getByLabel('What').selectOption('pause');
  await page.getByLabel('State').selectOption('not_connected');
  await page.getByRole('button', { name: 'Dry run' }).click();
  await expect(page.getByText('It would be about 0 users')).toBeVisible();

  await page.getByRole('link', { name: 'Audit log' }).click();
  for (const deed of ['user.pause', 'user.bookings', 'bulk.try.pause'])
    await expect(page.getByRole('listitem').filter({ hasText: deed }).first()).toBeVisible();
  await expect(page.getByText('asked on the phone').first()).toBeVisible();
});
