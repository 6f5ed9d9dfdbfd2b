import { describe, expect, test } from 'vitest';
import { columns, listId } from './defaults.ts';
import {
  cells,
  labels,
  password,
  recordIds,
  rental,
  scrollToEnd,
  setStage,
  statusLine,
  waitForStatus,
} from './visitor.ts';

const tail = ' • Sorted by Rental Start Date/Time • Filtered by All rentals - Status, My Rental';
const stage = setStage({
  users: [
    { username: 'ada', password, rentals: 137 },
    { username: 'bo', password, rentals: 0 },
    { username: 'cy', password, rentals: [rental(7, { price: '$1,234.50', studio: '' })] },
    { username: 'di', password, rentals: 50 },
  ],
});

describe('the list of the stand-in portal', () => {
  test('the grid has the columns, the labels and the row that the real one has', async () => {
    const page = await stage.onList('cy');
    const table = page.locator('table[role=grid].uiVirtualDataTable.forceRecordLayout.slds-table');
    expect(await table.getAttribute('aria-label')).toBe('My Rentals');
    expect(await labels(page)).toEqual(columns.map(({ label }) => label));
    expect(await cells(page)).toEqual([
      [
        '',
        'R-490007',
        '6/8/2025 7:00 PM',
        '6/8/2025 9:00 PM',
        '',
        '$1,234.50',
        'Approved',
        '280 Broadway (Lower Manhattan)',
        'Show Actions',
      ],
    ]);
    const link = page.locator('tbody tr > th[scope=row] a[data-recordid]');
    expect(await link.getAttribute('data-recordid')).toBe('a0YRt0000000007AAA');
    expect(await link.getAttribute('title')).toBe('R-490007');
    expect(await link.getAttribute('href')).toBe('/s/booking-item/a0YRt0000000007AAA/r490007');
    expect(await page.locator('tbody td[role=gridcell]').count()).toBe(8);
    expect(await statusLine(page).textContent()).toBe(`1 item${tail}`);
    expect(await statusLine(page).getAttribute('role')).toBe('status');
  });

  test('a rental has a page of its own', async () => {
    const page = await stage.onList('cy');
    await page.locator('a[data-recordid]').click({ noWaitAfter: true });
    await page.getByRole('heading', { name: 'R-490007' }).waitFor();
    expect(await page.locator('dd').allTextContents()).toContain('$1,234.50');
  });

  test('50 rows come first, and 50 more each time the scroller nears its end', async () => {
    const page = await stage.onList('ada');
    expect(await statusLine(page).textContent()).toBe(`50+ items${tail}`);
    expect(await recordIds(page)).toHaveLength(50);
    await scrollToEnd(page);
    await waitForStatus(page, '100+ items');
    await scrollToEnd(page);
    await waitForStatus(page, '137 items');
    expect(await statusLine(page).textContent()).toBe(`137 items${tail}`);
    expect(await recordIds(page)).toEqual(stage.portal.control.rentals('ada').map(({ recordId }) => recordId));
    expect(stage.portal.control.counters('ada')).toMatchObject({ listLoads: 1, batches: 3 });
  });

  test('scrolling a little brings nothing', async () => {
    const page = await stage.onList('ada');
    await page.locator('.uiScroller').evaluate((scroller) => {
      const scrolled = new Promise((resolve) => scroller.addEventListener('scrollend', resolve, { once: true }));
      scroller.scrollTo(0, 200);
      return scrolled;
    });
    await page.evaluate(() => fetch('/s/sfsites/styles/site.css', { cache: 'reload' }));
    expect(stage.portal.control.counters('ada').steps.batch).toBeUndefined();
  });

  test('exactly one batch is known to be all', async () => {
    const page = await stage.onList('di');
    expect(await statusLine(page).textContent()).toBe(`50 items${tail}`);
  });

  test('an empty list says so, and its text is in the page of a full list too', async () => {
    const empty = await stage.signedIn('bo');
    await empty.goto('/s/booking-item', { waitUntil: 'commit' });
    await waitForStatus(empty, '0 items');
    expect(await empty.getByText('No items to display.').isVisible()).toBe(true);
    const full = await stage.onList('cy');
    const text = full.getByText('No items to display.');
    expect(await text.count()).toBe(1);
    expect(await text.isVisible()).toBe(false);
  });

  test('placeholders, a spinner and open requests are there at all times', async () => {
    const page = await stage.signedIn('cy');
    const open = new Set<string>();
    page.on('request', (request) => open.add(new URL(request.url()).pathname));
    page.on('requestfinished', (request) => open.delete(new URL(request.url()).pathname));
    await page.goto('/s/booking-item', { waitUntil: 'load' });
    await page.locator('tbody tr').waitFor();
    expect(
      await page.locator('[role=alert]').evaluateAll((places) => places.map((place) => place.textContent)),
    ).toEqual(['']);
    expect(await page.locator('.spinnerContainer').isVisible()).toBe(true);
    expect([...open].toSorted()).toEqual(['/_nc_external/analytics/beacon', '/s/cometd/connect']);
  });

  test('the navigation leads to the list by its own address', async () => {
    const page = await stage.signedIn('cy');
    await page.getByRole('link', { name: 'My Rentals' }).click({ noWaitAfter: true });
    await page.waitForURL(`**/s/booking-item/Booking_Item__c/${listId}`, { waitUntil: 'commit' });
    await page.locator('tbody tr').waitFor();
  });

  test('rentals change, vanish, come back and are added while the portal runs', async () => {
    const { control } = stage.portal;
    const [first, second] = control.rentals('ada');
    control.updateRental('ada', first!.recordId, { status: 'Canceled', price: '$7.00' });
    control.vanish('ada', second!.recordId);
    const added = control.addRental('ada', { name: 'Répétition générale', start: '12/31/2099 11:00 PM' });
    const page = await stage.onList('ada');
    const [newest, next] = await cells(page);
    expect(newest![1]).toBe('Répétition générale');
    expect(next!.slice(5, 7)).toEqual(['$7.00', 'Canceled']);
    expect((await recordIds(page)).slice(0, 2)).toEqual([added.recordId, first!.recordId]);
    control.reappear('ada', second!.recordId);
    await page.reload({ waitUntil: 'commit' });
    await page.locator('tbody tr').first().waitFor();
    expect((await recordIds(page))[2]).toBe(second!.recordId);
  });

  test('two users of one company see the same record', async () => {
    const { control } = stage.portal;
    control.share('cy', 'bo', 'a0YRt0000000007AAA');
    expect(await recordIds(await stage.onList('bo'))).toEqual(await recordIds(await stage.onList('cy')));
  });

  test('open tabs are counted, also those whose visitor blocks the long-poll', async () => {
    const { control } = stage.portal;
    const first = await stage.onList('ada');
    expect(control.counters('ada')).toMatchObject({ pagesNow: 1, pagesMax: 1 });
    const other = await stage.visit();
    await other.route('**/s/cometd/**', (route) => route.abort());
    await other.addCookies(await first.context().cookies());
    const second = await other.newPage();
    await second.goto('/s/booking-item', { waitUntil: 'commit' });
    await second.locator('tbody tr').first().waitFor();
    expect(control.counters('ada')).toMatchObject({ pagesNow: 2, pagesMax: 2, sessionsMax: 1 });
    await other.close();
    await control.waitFor((counters) => counters.pagesNow === 1, { user: 'ada' });
    await first.close();
    await control.waitFor((counters) => counters.pagesNow === 0, { user: 'ada' });
  });
});
