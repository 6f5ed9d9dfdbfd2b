import { expect, test } from './pages/fixtures.ts';

test('where a rental is and how to get there, the line to share, the desk, and what comes every week', async ({
  page,
  portal,
  dancer,
  connected,
  dashboard,
}) => {
  await connected(0);
  const add = (start: string, end: string, location: string) =>
    portal.addRental(dancer.username, { start, end, location, studio: 'Studio E', status: 'Approved' });
  for (const day of ['3/3/2099', '3/10/2099', '3/24/2099'])
    await add(`${day} 7:00 PM`, `${day} 9:00 PM`, '280 Broadway (Lower Manhattan)');
  await add('3/3/2099 9:30 PM', '3/3/2099 11:00 PM', '890 Broadway (Union Square)');
  await dashboard.open();
  await dashboard.syncNow.click();
  await dashboard.cancel.waitFor();
  await dashboard.untilSynced(4);
  await expect(dashboard.next.getByText('leave by 9:05 PM')).toBeVisible();
  await expect(dashboard.next.getByRole('link', { name: /Directions/ })).toHaveAttribute('href', /280%20Broadway/);

  await page.goto('/bookings');
  await expect(page.getByText('30 min free, other building: leave by 9:05 PM')).toBeVisible();
  const weekly = page.getByRole('region', { name: 'Every week' }).getByRole('listitem');
  await expect(weekly).toContainText(/Tuesdays 7 PM, Studio E, 3 more\s*Mar 17 is missing/);

  await page
    .getByRole('link', { name: /^Studio E/ })
    .first()
    .click();
  await expect(page.getByRole('link', { name: /Apple Maps/ })).toHaveAttribute('href', /^https:\/\/maps\.apple\.com\//);
  await expect(page.getByRole('link', { name: '+1 (646) 555-0100' })).toHaveAttribute('href', 'tel:+16465550100');
  // As a browser without a sheet of its own, where it is copied.
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.evaluate(() => Object.defineProperty(navigator, 'share', { value: undefined }));
  await page.getByRole('button', { name: 'Share' }).click();
  const line = 'Tue Mar 3, 7:00 – 9:00 PM, Studio E, 280 Broadway';
  await expect(page.getByText(`Copied: ${line}`)).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(line);
});
