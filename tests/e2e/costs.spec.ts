import { readFile } from 'node:fs/promises';
import { extractText, getDocumentProxy } from 'unpdf';
import { expect, test } from './pages/fixtures.ts';

test('what rentals cost, with a corrected price and a refund, a budget, and the statement for an accountant', async ({
  page,
  portal,
  dancer,
  connected,
  dashboard,
}) => {
  test.slow();
  await connected(0);
  const on = (day: string, price: string, status = 'Approved') =>
    portal.addRental(dancer.username, { start: `${day} 6:00 PM`, end: `${day} 8:00 PM`, price, status });
  const first = await on('3/5/2024', '$60.00');
  const second = await on('3/12/2024', '$40.10');
  await on('7/1/2024', '$19.95', 'Requested');
  const sync = async (count: number) => {
    await dashboard.open();
    await dashboard.syncNow.click();
    await dashboard.cancel.waitFor();
    await dashboard.untilSynced(count);
  };
  await sync(3);
  await portal.updateRental(dancer.username, first.recordId, { price: '$55.55' });
  await portal.updateRental(dancer.username, second.recordId, { status: 'Canceled', price: '$0.00' });
  await sync(3);

  await page.goto('/bookings');
  await page.getByRole('link', { name: 'Costs' }).click();
  await page.getByLabel('From').fill('2024-01-01');
  await page.getByLabel('To', { exact: true }).fill('2024-12-31');
  await page.getByRole('button', { name: 'Show this period' }).click();
  await expect(page.getByRole('heading', { name: '2024' })).toBeVisible();
  const months = page.getByRole('table', { name: 'Costs by month in 2024' });
  await expect(months.getByRole('row', { name: /^Total/ })).toContainText('$55.55');
  const rentals = page.getByRole('table', { name: 'What each rental costs in 2024' });
  await expect(rentals.getByRole('row', { name: 'Mar 5, 2024' })).toContainText(/\$55\.55\s*Was \$60\.00 until/);
  await expect(rentals.getByRole('row', { name: 'Mar 12, 2024' })).toContainText('Refund to expect $40.10');

  await page.getByLabel('At most (US dollars)').fill('lots');
  await page.getByRole('button', { name: 'Save the budget' }).click();
  await expect(page.getByText('Give an amount such as')).toBeVisible();
  await page.getByLabel('At most (US dollars)').fill('60');
  await page.getByLabel('For each').selectOption('year');
  await page.getByRole('button', { name: 'Save the budget' }).click();
  const warning = '$15.50 over the budget of $60.00 for 2024 if all pending rentals are confirmed.';
  await expect(page.getByText(warning)).toBeVisible();

  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'PDF for 2024' }).click(),
  ]);
  expect(download.suggestedFilename()).toBe('gibney-rentals-2024-01-01-to-2024-12-31.pdf');
  const bytes = new Uint8Array(await readFile(await download.path()));
  const { text } = await extractText(await getDocumentProxy(bytes), { mergePages: true });
  for (const words of [dancer.email, first.name, second.name, 'Confirmed, 1 rental', '$55.55', '$40.10'])
    expect(text).toContain(words);

  await months.getByRole('link', { name: 'March 2024' }).click();
  await expect(page.getByRole('heading', { name: 'March 2024' })).toBeVisible();
  await expect(page.getByText('Pending', { exact: true })).toHaveCount(0);
});
