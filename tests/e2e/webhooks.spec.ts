import { expect, test } from './pages/fixtures.ts';

test('a webhook is added, tried, told less, given a new secret and deleted, without script too', async ({
  browser,
  page,
  dancer,
  account,
}) => {
  test.slow();
  await account.register(dancer.email, dancer.password);
  await page.goto('/settings/webhooks');
  await page.getByLabel('Address').fill('https://10.1.2.3/hook');
  await page.getByRole('button', { name: 'Add webhook' }).click();
  await expect(page.getByText('The address has to be on the public internet.')).toBeVisible();

  await page.getByLabel('Address').fill('https://receiver.invalid/hook');
  await page.getByLabel('booking.added').check();
  await page.getByRole('button', { name: 'Add webhook' }).click();
  await expect(page.getByRole('textbox', { name: 'Secret' })).toHaveValue(/^whsec_/);
  await page.getByRole('link', { name: 'https://receiver.invalid/hook' }).click();
  await expect(page.getByLabel('booking.added')).toBeChecked();
  await page.getByRole('button', { name: 'Send a test' }).click();
  await expect(async () => {
    await page.reload();
    await expect(page.locator('summary').first()).toContainText('Given up', { timeout: 500 });
  }).toPass();
  await page.locator('summary').first().click();
  await expect(page.getByText('The address could not be reached.')).toBeVisible();
  await page.getByText('Body', { exact: true }).click();
  await expect(page.getByText('"type": "test"')).toBeVisible();

  const context = await browser.newContext({
    javaScriptEnabled: false,
    storageState: await page.context().storageState(),
  });
  const plain = await context.newPage();
  await plain.goto(page.url());
  await plain.getByRole('button', { name: 'Make a new secret' }).click();
  await expect(plain.getByRole('textbox', { name: 'Secret' })).toHaveValue(/^whsec_/);
  await plain.reload();
  await expect(plain.getByText('The secret is a new one already.')).toBeVisible();
  await plain.getByRole('button', { name: 'Turn off' }).click();
  await expect(plain.getByText('Off', { exact: true })).toBeVisible();
  await plain.getByRole('button', { name: 'Delete this webhook' }).click();
  await expect(plain.getByText('You have no webhooks.')).toBeVisible();
  await context.close();
});
