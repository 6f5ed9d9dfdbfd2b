import { expect, test } from './pages/fixtures.ts';

test('who hears what is chosen and tried on one page, and mails are ended by a link from one', async ({
  browser,
  page,
  dancer,
  account,
}) => {
  test.slow();
  await account.register(dancer.email, dancer.password);
  await page.goto('/settings/notifications');
  await expect(page.getByLabel('Syncing or a calendar needs you: e-mail')).toBeChecked();
  await page.getByLabel('Canceled: e-mail').check();
  await page.getByLabel('once a day').check();
  await page.getByLabel('Time of the daily mail').fill('09:30');
  await page.getByLabel('Tell me nothing at night').check();
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.getByText('Saved.').first()).toBeVisible();
  await page.reload();
  await expect(page.getByLabel('Canceled: e-mail')).toBeChecked();
  await expect(page.getByLabel('New rental: e-mail')).not.toBeChecked();
  await expect(page.getByLabel('Time of the daily mail')).toHaveValue('09:30');
  await expect(page.getByLabel('Tell me nothing at night')).toBeChecked();

  await page.getByRole('button', { name: 'Send a test mail' }).click();
  await expect(async () => {
    await page.reload();
    await expect(page.locator('summary').first()).toContainText('Delivered', { timeout: 500 });
  }).toPass();

  const mail = (await (await page.request.get('/dev/mail')).text()).split(dancer.email)[1]!;
  const [link] = /\/unsubscribe\/v1\.[\w.-]+/.exec(mail)!;
  // Without script and without a session, as for whoever got the mail.
  const context = await browser.newContext({ javaScriptEnabled: false });
  const stranger = await context.newPage();
  await stranger.goto(link);
  await stranger.getByRole('button', { name: 'Stop these mails' }).click();
  await expect(stranger.getByText('is told of nothing any more')).toBeVisible();
  await page.reload();
  await expect(page.getByLabel('Canceled: e-mail')).not.toBeChecked();

  await page.getByLabel('Canceled: e-mail').check();
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.getByText('Saved.').first()).toBeVisible();
  const oneClick = await context.request.post(`${link}/one-click`, { form: { 'List-Unsubscribe': 'One-Click' } });
  expect(oneClick.status()).toBe(204);
  await page.reload();
  await expect(page.getByLabel('Canceled: e-mail')).not.toBeChecked();
  await context.close();
});
