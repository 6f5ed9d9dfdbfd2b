/** Gibney's list lacks many past rentals: what the pages say, until the list is whole again or another sync agrees. */
import type { RemoteControl } from '../portal/control-client.ts';
import { expect, test, type Dancer } from './pages/fixtures.ts';
import type { DashboardPage } from './pages/dashboard-page.ts';

const isPast = ({ start }: { start: string }) => Date.parse(start) < Date.now() - 86_400_000;

/** Cuts the list to what is to come and a few past ones. Returns the whole list, and how many are missing. */
async function cutList(portal: RemoteControl, { username }: Dancer) {
  const whole = await portal.rentals(username);
  const past = whole.filter(isPast);
  const gone = past.slice(0, past.length - 3);
  await portal.setRentals(
    username,
    whole.filter((one) => !gone.includes(one)),
  );
  return { whole, missing: gone.length };
}

async function sync(dashboard: DashboardPage, count: number): Promise<void> {
  await dashboard.syncNow.click();
  await dashboard.untilSynced(count);
}

test('a list that is cut keeps its past rentals until a second sync agrees, and says so', async ({
  page,
  portal,
  dancer,
  dashboard,
  connected,
}) => {
  await connected(40);

  const { whole, missing } = await cutList(portal, dancer);
  await sync(dashboard, 40 - missing);
  const words = `${missing} past rentals are missing from Gibney's list. They stay here unless the next full sync misses them too.`;
  await expect(dashboard.panel).toContainText('Synced with gaps');
  await expect(dashboard.panel.locator('.words')).toContainText(words);
  await expect(dashboard.panel).not.toContainText(`${missing} gone`);

  await page.goto('/history');
  const row = page.getByRole('row').filter({ hasText: `${missing} past rentals missing, kept for now` });
  await expect(row).toContainText('Completed with gaps');
  await row.getByRole('link').first().click();
  await expect(page.locator('.gaps')).toHaveText(words);

  await dashboard.open();
  await portal.setRentals(dancer.username, whole);
  await sync(dashboard, 40);
  await expect(dashboard.panel).toContainText('nothing changed');
  await expect(dashboard.panel).toContainText('Up to date');

  await cutList(portal, dancer);
  await sync(dashboard, 40 - missing);
  await sync(dashboard, 40 - missing);
  await expect(dashboard.panel).toContainText(`${missing} gone`);
  await expect(dashboard.panel).toContainText('Synced, rentals gone');
  await expect(dashboard.panel).toContainText(
    `${missing} rentals are gone from Gibney's list. We read it twice to be sure.`,
  );
});

test('many coming rentals that are gone at once make the sync amber, and it says that the list was read twice', async ({
  page,
  portal,
  dancer,
  dashboard,
  connected,
}) => {
  await connected(40);
  const whole = await portal.rentals(dancer.username);
  const coming = whole.filter((one) => !isPast(one) && Date.parse(one.start) > Date.now());
  expect(coming.length).toBeGreaterThan(1);
  await portal.setRentals(
    dancer.username,
    whole.filter((one) => !coming.includes(one)),
  );
  await sync(dashboard, 40 - coming.length);
  const words = `${coming.length} rentals are gone from Gibney's list. We read it twice to be sure.`;
  await expect(dashboard.panel).toContainText('Synced, rentals gone');
  await expect(dashboard.panel.locator('.words')).toContainText(words);

  await page.goto('/history');
  const row = page.getByRole('row').filter({ hasText: 'Completed, rentals gone' });
  await row.getByRole('link').first().click();
  await expect(page.locator('.gaps')).toContainText(words);
});
