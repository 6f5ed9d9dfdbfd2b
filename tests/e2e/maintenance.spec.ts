import { expect, test } from './pages/fixtures.ts';

test('while Gibney is in maintenance the page says what it answered and when the next try is', async ({
  page,
  portal,
  dancer,
  dashboard,
  connected,
}) => {
  await connected(5);
  await portal.misbehave({ kind: 'maintenance', user: dancer.username });
  await dashboard.syncNow.click();
  const words = /Gibney answered 503 \(maintenance\)\. Next try at \d+:\d\d:\d\d [AP]M, 2 of 3\./;
  await expect(dashboard.panel.locator('.words')).toHaveText(words);
  await expect(dashboard.panel.locator('.progress .text')).toHaveText('Waiting to try again...');
  await page.goto('/history');
  await expect(page.getByRole('region', { name: 'Running sync' })).toContainText(words);

  await dashboard.open();
  await dashboard.cancel.click();
  await expect(dashboard.syncNow).toBeVisible();
  await expect(dashboard.panel).not.toContainText('503');
});
