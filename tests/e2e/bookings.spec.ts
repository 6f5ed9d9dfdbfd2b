import type { RemoteControl } from '../portal/control-client.ts';
import { BookingsPage } from './pages/bookings-page.ts';
import type { DashboardPage } from './pages/dashboard-page.ts';
import type { AccountPage } from './pages/account-page.ts';
import { expect, test, type Dancer } from './pages/fixtures.ts';
import { wallClock } from './pages/wall-clock.ts';

interface Journey {
  portal: RemoteControl;
  dancer: Dancer;
  account: AccountPage;
  dashboard: DashboardPage;
}

/** An account with two rentals that collide tomorrow, a canceled one the day after, and `others` on days of their own. */
async function withRentals({ portal, dancer, account, dashboard }: Journey, others = 0) {
  // None that the portal makes up: by chance one of those collides as well, and is the one that the page names.
  await portal.addUser({ username: dancer.username, password: dancer.portalPassword, rentals: 0 });
  let number = 990_000;
  const add = (days: number, from: number, to: number, given = {}) =>
    portal.addRental(dancer.username, {
      name: `R-${++number}`,
      start: wallClock(days, from),
      end: wallClock(days, to),
      status: 'Approved',
      studio: 'Studio Q',
      location: '280 Broadway (Lower Manhattan)',
      price: '$30.00',
      ...given,
    });
  const first = await add(1, 5, 7);
  const second = await add(1, 6, 8, { studio: 'Studio Z', location: '890 Broadway (Union Square)' });
  const canceled = await add(2, 3, 4, { status: 'Canceled' });
  const far = await add(40, 3, 5, { studio: 'Studio Z' });
  for (let day = 3; day < 3 + others; day += 1) await add(day, 1, 2);
  await account.register(dancer.email, dancer.password);
  await dashboard.connect(dancer.username, dancer.portalPassword);
  await dashboard.untilSynced(others + 4);
  return { first, second, canceled, far };
}

test('rentals are found, narrowed and taken along', async ({ page, portal, dancer, account, dashboard }) => {
  const { first, second, canceled, far } = await withRentals({ portal, dancer, account, dashboard }, 20);
  const bookings = new BookingsPage(page);
  await page.getByRole('link', { name: 'Rentals', exact: true }).click();
  await expect(page.getByRole('heading', { name: 'Rentals', level: 1 })).toBeVisible();
  await expect(bookings.row(first.recordId)).toBeVisible();
  await expect(bookings.row(second.recordId)).toContainText('6:00 – 8:00 PM');
  await expect(page.getByText(`Overlaps ${first.name} by 1 h`).first()).toBeVisible();
  await expect(bookings.row(canceled.recordId)).toHaveCount(0);

  await bookings.narrow('Studio', 'Studio Z');
  await expect(page).toHaveURL(/\?studio=Studio\+Z$/);
  await expect(bookings.rows).toHaveCount(2);
  await bookings.search.fill(far.name);
  await bookings.search.press('Enter');
  await expect(page).toHaveURL(new RegExp(`q=${far.name}&studio=Studio\\+Z`));
  await expect(bookings.rows).toHaveCount(1);

  const csv = await page.request.get((await page.getByRole('link', { name: /CSV/ }).getAttribute('href'))!);
  expect(csv.headers()['content-type']).toContain('text/csv');
  expect(await csv.text()).toContain(far.name);
  expect(await csv.text()).not.toContain(first.name);
  const ics = await page.request.get((await page.getByRole('link', { name: /ICS/ }).getAttribute('href'))!);
  expect(await ics.text()).toMatch(/^BEGIN:VCALENDAR/);

  await page.getByRole('link', { name: new RegExp(`${far.name}.*remove`) }).click();
  await expect(page).toHaveURL(/\?studio=Studio\+Z$/);
  await page.getByRole('link', { name: /Studio Z.*remove/ }).click();
  await expect(page).toHaveURL(/\/bookings$/);
  await page.getByRole('link', { name: /^Show \d+ canceled/ }).click();
  await expect(bookings.row(canceled.recordId)).toContainText('Canceled');
});

test('a week and a month are walked through', async ({ page, portal, dancer, account, dashboard }) => {
  const { second, far } = await withRentals({ portal, dancer, account, dashboard });
  const bookings = new BookingsPage(page);
  await bookings.open();
  await bookings.look('Month');
  await expect(bookings.month).toBeVisible();
  await bookings.month.locator('[aria-current="date"]').focus();
  await page.keyboard.press('PageDown');
  await expect(page).toHaveURL(/date=\d{4}-\d\d-01$/);
  await expect(bookings.month.locator(':focus')).toHaveAttribute('data-day', /-01$/);
  await page.keyboard.press('ArrowRight');
  await expect(bookings.month.locator(':focus')).toHaveAttribute('data-day', /-02$/);

  await page.getByRole('button', { name: 'Monday' }).click();
  await expect(page.getByRole('button', { name: 'Monday' })).toHaveAttribute('aria-pressed', 'true');
  await expect(bookings.month.getByRole('columnheader').first()).toHaveText('Mon');

  await bookings.open(`/week?date=${isoDay(40)}`);
  await expect(page.locator('.day time').first()).toHaveText(/Monday|Mon /);
  await page.getByRole('link', { name: /3 – 5 PM/ }).click();
  await expect(page.getByText(far.name, { exact: true }).first()).toBeVisible();

  await bookings.open(`/week?date=${isoDay(1)}`);
  const slot = page.getByRole('link', { name: /6 – 8 PM/ });
  await expect(slot).toContainText('Overlaps');
  await slot.click();
  await expect(page.getByText(second.name, { exact: true }).first()).toBeVisible();
  await expect(page.getByText('At the same time as')).toBeVisible();
});

test('hours and spend are summed up, without what was canceled', async ({
  page,
  portal,
  dancer,
  account,
  dashboard,
}) => {
  await withRentals({ portal, dancer, account, dashboard });
  const bookings = new BookingsPage(page);
  const year = isoDay(1).slice(0, 4);
  await bookings.open(`/totals?year=${year}&studio=Studio+Q`);
  await expect(page.getByRole('heading', { name: year, level: 2 })).toBeVisible();
  await expect(page.getByText('$30.00 spent or due')).toBeVisible();
  await expect(
    page.getByRole('row', { name: /Studio Q 280 Broadway 1 2 h \$30\.00|Studio Q 280 Broadway 2 h \$30\.00/ }),
  ).toBeVisible();
  await expect(page.getByRole('img', { name: /^Only in / })).toBeVisible();
});

test('what changed is unread until it is marked, and is the story of a rental', async ({
  page,
  portal,
  dancer,
  account,
  dashboard,
}) => {
  const { first, second } = await withRentals({ portal, dancer, account, dashboard });
  await expect(page.getByRole('link', { name: 'Changes', exact: true })).toBeVisible();
  await portal.updateRental(dancer.username, first.recordId, { start: wallClock(1, 4), end: wallClock(1, 5) });
  await portal.updateRental(dancer.username, second.recordId, { status: 'Canceled' });
  await dashboard.syncNow.click();
  await page.getByRole('link', { name: 'Changes 2 unread' }).click();

  const newest = page.getByRole('region').filter({ hasText: 'unread' });
  await expect(newest).toContainText('1 canceled, 1 moved');
  await expect(newest.getByRole('listitem').filter({ hasText: first.name })).toContainText(
    /Moved.*from .* 5:00 PM to 4:00 PM/s,
  );
  await expect(newest.getByRole('listitem').filter({ hasText: second.name })).toContainText(
    'now Canceled, was Approved',
  );

  await page.getByRole('button', { name: 'Mark all as read' }).click();
  await expect(page.getByText('You have seen all of it.')).toBeVisible();
  await expect(page.getByRole('link', { name: 'Changes', exact: true })).toBeVisible();

  await page
    .getByRole('link', { name: /4:00 – 5:00 PM/ })
    .first()
    .click();
  await expect(page.getByRole('region', { name: 'History' })).toContainText(/Moved.*from/);
});

test('syncs are narrowed, watched while they run, and explained when they fail', async ({
  page,
  portal,
  dancer,
  dashboard,
  connected,
}) => {
  await connected(3);
  await portal.misbehave({ kind: 'hang', at: 'rows', user: dancer.username });
  await dashboard.syncNow.click();
  await expect(dashboard.cancel).toBeVisible();

  await page.getByRole('link', { name: 'Syncs', exact: true }).click();
  const running = page.getByRole('region', { name: 'Running sync' });
  await expect(running.getByRole('progressbar')).toBeVisible();
  await page.getByRole('link', { name: 'Details' }).click();
  await expect(running).toBeVisible();
  await page.evaluate(() => fetch('/api/v1/user/sync', { method: 'DELETE' }));
  await expect(page.getByRole('heading', { name: 'You canceled this sync.' })).toBeVisible();
  await expect(page.getByText('Press Sync Now whenever you like.', { exact: true })).toBeVisible();
  await page.getByRole('link', { name: 'Errors' }).click();
  await expect(page).toHaveURL(/level=error$/);

  await page.goto('/history');
  await expect(page.getByRole('img', { name: /^How long syncs took\. 2 syncs/ })).toBeVisible();
  await page.getByLabel('Reason').selectOption('cancelled');
  await expect(page).toHaveURL(/\?kind=cancelled$/);
  await expect(page.getByRole('rowheader')).toHaveCount(1);
  await page.getByLabel('Outcome').selectOption('completed');
  await expect(page.getByText('No sync matches.')).toBeVisible();
});

test.describe('without script', () => {
  test.use({ javaScriptEnabled: false });

  test('bookings are searched, paged through and looked at', async ({ page, portal, dancer, account, dashboard }) => {
    await portal.addUser({ username: dancer.username, password: dancer.portalPassword, rentals: 140 });
    await account.register(dancer.email, dancer.password);
    await dashboard.connect(dancer.username, dancer.portalPassword);
    await expect(async () => {
      await page.reload();
      await expect(dashboard.panel).toContainText('Successfully synced 140 bookings', { timeout: 500 });
    }).toPass();
    const bookings = new BookingsPage(page);
    await bookings.open('?when=past&canceled');
    await expect(bookings.rows).toHaveCount(100);
    await page.getByRole('link', { name: 'Show earlier rentals' }).click();
    await expect(page.getByRole('link', { name: 'To the beginning' })).toBeVisible();

    await bookings.open('?when=past');
    const name = (await bookings.rows
      .first()
      .getByRole('link', { name: /on Gibney/ })
      .textContent())!
      .trim()
      .split(',')[0]!;
    await bookings.search.fill(name);
    await page.getByRole('button', { name: 'Search' }).click();
    await expect(page).toHaveURL(/when=past/);
    await expect(bookings.rows).toHaveCount(1);
    await bookings.rows
      .first()
      .getByRole('link', { name: /details of/ })
      .click();
    await expect(page.getByRole('region', { name: 'History' })).toBeVisible();
  });
});

/** The day so many days from now in New York, as `2026-11-24`. */
function isoDay(days: number): string {
  return new Intl.DateTimeFormat('en-CA', { timeZone: 'America/New_York' }).format(Date.now() + days * 86_400_000);
}
