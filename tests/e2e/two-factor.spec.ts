import { Secret, TOTP } from 'otpauth';
import { expect, test } from './pages/fixtures.ts';

test('who turns two-factor sign-in on is asked for a code, and recovery codes do too', async ({
  page,
  dancer,
  account,
}) => {
  await account.register(dancer.email, dancer.password);
  await page.goto('/settings/account');
  const section = page.getByRole('region', { name: 'Two-factor sign-in' });
  await section.getByLabel('Your password').fill(dancer.password);
  await section.getByRole('button', { name: 'Set it up' }).click();
  await expect(section.getByRole('img', { name: 'QR code for your authenticator app' })).toBeVisible();
  const secret = await section.locator('input[readonly]').inputValue();
  const totp = new TOTP({ secret: Secret.fromBase32(secret) });

  await section.getByLabel('Code', { exact: true }).fill('000000');
  await section.getByRole('button', { name: 'Turn on' }).click();
  await expect(section).toContainText('This code is wrong');
  await section.getByLabel('Code', { exact: true }).fill(totp.generate());
  await section.getByRole('button', { name: 'Turn on' }).click();
  await expect(section).toContainText('Keep these recovery codes');
  const recoveryCode = (await section.locator('li code').first().textContent())!;

  await page.goto('/settings');
  await page.getByRole('button', { name: 'Sign out', exact: true }).click();
  await page.waitForURL((url) => !url.pathname.startsWith('/settings'));
  await page.goto('/sign-in?to=/changes');
  await account.fill(dancer.email, dancer.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL('**/sign-in/code**');
  await page.getByLabel('Code', { exact: true }).fill('000000');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByText('This code is wrong')).toBeVisible();
  await page.getByLabel('Code', { exact: true }).fill(totp.generate({ timestamp: Date.now() + 30_000 })); // the one before was taken
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL('**/changes');

  await page.goto('/settings');
  await page.getByRole('button', { name: 'Sign out', exact: true }).click();
  await page.waitForURL((url) => !url.pathname.startsWith('/settings'));
  await page.goto('/sign-in');
  await account.fill(dancer.email, dancer.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByLabel('Code', { exact: true }).fill(recoveryCode);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL('**/dashboard');
});

test('the page for the code is for who gave the right password', async ({ page }) => {
  await page.goto('/sign-in/code');
  await expect(page).toHaveURL(/\/sign-in$/);
});
