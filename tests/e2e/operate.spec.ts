import { expect, test } from './pages/fixtures.ts';
import { makeOperator } from './pages/operator.ts';

test('an operator finds a user, pauses and resumes them, says why to see bookings, and tries many at once', async ({
  page,
  dancer,
  connected,
}) => {
  test.slow();
  await connected(1);
  await page.goto('/operate');
  await expect(page.getByRole('heading', { name: 'Page not found.' })).toBeVisible();
  await makeOperator(dancer.email);

  await expect(async () => {
    await page.goto('/operate?email=ann@localhost');
    await expect(page.getByText('No user matches.')).toBeVisible({ timeout: 2_000 });
  }).toPass();
  await page.goto(`/operate?email=${encodeURIComponent(dancer.email)}`);
  await page.getByRole('link', { name: dancer.email }).click();
  await expect(page.getByRole('heading', { name: dancer.email })).toBeVisible();

  const reason = page.getByLabel('Reason, for the audit log');
  const refusal = page.getByText('Say why, in a few words.');
  await reason.fill('no');
  await page.getByRole('button', { name: 'Pause' }).click();
  await expect(refusal).toBeVisible();
  await expect(reason).toHaveValue('no');
  await reason.fill('asked on the phone');
  await reason.press('Enter');
  await page.getByRole('button', { name: 'Pause' }).click();
  const user = page.getByRole('region', { name: dancer.email });
  await expect(user.getByText('Paused:')).toBeVisible();
  await page.getByRole('button', { name: 'Resume' }).click();
  await expect(user.getByText('Waiting for the next sync')).toBeVisible();

  const bookings = page.getByRole('region', { name: 'Bookings' });
  await bookings.getByLabel('Reason').fill('no');
  await bookings.getByRole('button', { name: 'Show the bookings' }).click();
  await expect(refusal).toBeVisible();
  await expect(bookings.getByRole('listitem')).toHaveCount(0);
  await bookings.getByLabel('Reason').fill('ticket 12');
  await bookings.getByRole('button', { name: 'Show the bookings' }).click();
  await expect(bookings.getByRole('listitem')).toHaveCount(1);

  const log = page.getByRole('region', { name: 'Log of a sync' });
  await log.getByLabel('Reason').fill('ticket 12');
  await log.getByRole('button', { name: 'Show the log' }).click();
  await expect(log.getByRole('listitem').first()).toBeVisible();
  await page.getByRole('button', { name: 'Send again what was given up' }).click();
  await expect(page.getByText('Nothing was given up.')).toBeVisible();

  await page.getByRole('link', { name: 'Many at once' }).click();
  await page.getByLabel('What').selectOption('pause');
  await page.getByLabel('State').selectOption('sleeping');
  await page.getByRole('button', { name: 'Dry run' }).click();
  await expect(page.getByText(/It would be about [1-9][\d,]* user/)).toBeVisible();

  // About nobody, since who is paused is not synced.
  const started = await page.request.post('/operate/bulk?/start', {
    form: { action: 'sync', state: 'paused', rate: '60' },
    headers: { origin: new URL(page.url()).origin, accept: 'text/html' },
    maxRedirects: 0,
  });
  expect(started.status()).toBe(303);
  expect(started.headers().location).toBe('/operate/bulk');

  await page.getByRole('link', { name: 'Audit log' }).click();
  for (const deed of ['user.pause', 'user.resume', 'user.bookings', 'bulk.try.pause'])
    await expect(page.getByRole('listitem').filter({ hasText: deed }).first()).toBeVisible();
  await expect(page.getByText('user.sync')).toHaveCount(0);
  await expect(page.getByText('asked on the phone').first()).toBeVisible();
});

test('an operator sees what Gibney showed when a sync failed, without anything personal', async ({
  page,
  portal,
  dancer,
  dashboard,
  connected,
}) => {
  await connected(2);
  await portal.misbehave({ kind: 'columnGone', column: 'location', user: dancer.username });
  await dashboard.syncNow.click();
  await expect(dashboard.panel).toContainText('changed its rentals page');
  await makeOperator(dancer.email);
  const kept = page.getByRole('listitem').filter({ hasText: dancer.email }).first();
  await expect(async () => {
    await page.goto('/operate/failures');
    await expect(kept).toContainText('attempt 1', { timeout: 2_000 });
  }).toPass();

  await kept.getByRole('link', { name: /^HTML/ }).click();
  // Shown as the text that it is.
  await expect(page.locator('body')).toContainText('Rental Name');
  await expect(page.locator('body')).not.toContainText(dancer.username);
  await page.goBack();
  await kept.getByRole('link', { name: /^Picture/ }).click();
  expect(await page.locator('img').evaluate((picture: HTMLImageElement) => picture.naturalWidth)).toBeGreaterThan(100);
  await page.goto('/operate/audit');
  await expect(
    page.getByRole('listitem').filter({ hasText: 'failure.page' }).filter({ hasText: dancer.email }),
  ).toHaveCount(2);
});

test('an operator makes a key for scripts, which nobody else is offered', async ({
  page,
  dancer,
  account,
  settings,
  request,
}) => {
  await account.register(dancer.email, dancer.password);
  await settings.open('keys');
  await expect(page.getByRole('radio')).toHaveCount(3);
  const refused = await page.request.post('/settings/keys?/create', {
    form: { name: 'mine', scope: 'operate', days: '30' },
    headers: { origin: new URL(page.url()).origin, accept: 'text/html' },
  });
  expect(await refused.text()).toContain('Only operators may do this.');
  await makeOperator(dancer.email);
  await expect(async () => {
    await settings.open('keys');
    await expect(page.getByRole('radio')).toHaveCount(4, { timeout: 1_000 });
  }).toPass();

  const key = await settings.makeKey('Night watch', 'Operate');
  await expect(page.getByText('operate · never used')).toBeVisible();
  const ask = (path: string) => request.fetch(path, { headers: { authorization: `Bearer ${key}` } });
  expect((await ask('/api/v1/operate/overview')).status()).toBe(200);
  expect((await ask('/api/v1/user/bookings')).status()).toBe(403);
  await expect(async () => {
    await page.goto('/operate/audit');
    await expect(page.getByText('GET /operate/overview').first()).toBeVisible({ timeout: 1_000 });
  }).toPass();
});
