import { expect, test } from './pages/fixtures.ts';

test('what the rentals were at a past time, with the time that autumn has twice, and the files of it', async ({
  page,
  portal,
  dancer,
  connected,
  dashboard,
}) => {
  test.slow();
  await connected(0);
  const on = (start: string, end: string) => portal.addRental(dancer.username, { start, end, status: 'Approved' });
  const made = await on('3/5/2099 6:00 PM', '3/5/2099 8:00 PM');
  const sync = async () => {
    await dashboard.open();
    await dashboard.syncNow.click();
    await dashboard.cancel.waitFor();
    await dashboard.untilSynced(1);
  };
  await sync();
  const { rentals } = (await (await page.request.get('/api/v1/user/costs?from=2099-01-01&to=2099-12-31')).json()) as {
    rentals: { booking_id: string }[];
  };
  const changes = (await (await page.request.get('/api/v1/user/changes')).json()) as { changes: { at: string }[] };
  const then = changes.changes[0]!.at;
  await portal.updateRental(dancer.username, made.recordId, { start: '3/5/2099 7:00 PM', end: '3/5/2099 9:00 PM' });
  await sync();

  await page.goto('/changes');
  await page.getByRole('link', { name: 'Rentals at a past time' }).click();
  await expect(page.getByText('Nothing is known of that time.')).toBeVisible();
  await page.goto(`/changes/as-of?at=${encodeURIComponent(then)}`);
  const row = page.getByRole('table', { name: 'Rentals that were to come' }).getByRole('row', { name: made.name });
  await expect(row).toContainText('6:00 – 8:00 PM');
  await expect(row).toContainText('Changed since');
  await expect(row.getByRole('link')).toHaveAttribute('href', `/bookings/${rentals[0]!.booking_id}`);
  for (const format of ['CSV', 'JSON']) {
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: format }).click(),
    ]);
    expect(download.suggestedFilename()).toMatch(new RegExp(`^rentals-as-of-.*\\.${format.toLowerCase()}$`));
  }

  await page.goto('/changes/as-of?at=2025-11-02T01:30');
  await expect(page.getByRole('heading', { name: '1:30 AM EDT' })).toBeVisible();
  await page.getByRole('link', { name: 'Show the second, EST' }).click();
  await expect(page.getByRole('heading', { name: '1:30 AM EST' })).toBeVisible();
});
