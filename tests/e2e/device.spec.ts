import { expect, test } from './pages/fixtures.ts';

interface Codes {
  device_code: string;
  user_code: string;
  verification_uri_complete: string;
}

test('a program gets its key when its user confirms the code, also by way of the sign-in', async ({
  page,
  request,
  dancer,
  account,
}) => {
  const begin = async () => {
    const answer = await request.post('/api/v1/auth/device/code', { data: { client_name: 'barre', scope: 'read' } });
    return (await answer.json()) as Codes;
  };
  const token = ({ device_code }: Codes) => request.post('/api/v1/auth/device/token', { data: { device_code } });
  await account.register(dancer.email, dancer.password);
  await page.goto('/settings');
  await page.getByRole('button', { name: 'Sign out', exact: true }).click();
  await page.waitForURL((url) => !url.pathname.startsWith('/settings'));

  const wanted = await begin();
  await page.goto(new URL(wanted.verification_uri_complete).pathname + `?code=${wanted.user_code}`);
  await account.fill(dancer.email, dancer.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL('**/device?code=*');
  await expect(page.getByLabel('Code')).toHaveValue(wanted.user_code);
  await page.getByRole('button', { name: 'Go on' }).click();
  await expect(page.getByRole('heading', { name: 'Is it yours?' })).toBeVisible();
  await expect(page.getByText(`“barre” asks to be signed in as ${dancer.email}`)).toBeVisible();
  await page.getByRole('button', { name: 'Sign it in' }).click();
  await expect(page.getByRole('heading', { name: 'Signed in.' })).toBeVisible();
  expect((await token(wanted)).status()).toBe(200);

  const refused = await begin();
  await page.goto('/device');
  await page.getByLabel('Code').fill('BBBB-BBBB');
  await page.getByRole('button', { name: 'Go on' }).click();
  await expect(page.getByText('No program waits for this code.').first()).toBeVisible();
  await page.getByLabel('Code').fill(refused.user_code.toLowerCase());
  await page.getByRole('button', { name: 'Go on' }).click();
  await page.getByRole('button', { name: 'Refuse' }).click();
  await expect(page.getByRole('heading', { name: 'Refused.' })).toBeVisible();
  expect(await (await token(refused)).json()).toMatchObject({ code: 'access_denied' });

  await page.goto('/settings/keys');
  await expect(page.getByText('barre', { exact: true })).toBeVisible();
});
