import { describe, expect, test } from 'vitest';
import { messages } from './sign-in.ts';
import { password, rental, sendForm, setStage, waitForStatus } from './visitor.ts';

const users = [{ username: 'ada', password, rentals: [rental(1)] }];

describe.each([
  ['home', 'Welcome, ada'],
  ['invalid', 'Invalid Page'],
] as const)('a portal whose short list address shows %s', (bookingItem, text) => {
  const stage = setStage({ users, bookingItem });

  test('has the list behind the link only', async () => {
    const page = await stage.signedIn('ada');
    await page.goto('/s/booking-item', { waitUntil: 'commit' });
    await page.getByText(text).waitFor();
    expect(await page.locator('table').count()).toBe(0);
    await page.getByRole('link', { name: 'My Rentals' }).click({ noWaitAfter: true });
    await page.locator('tbody tr').waitFor();
  });
});

describe('a portal that is different in small things', () => {
  const stage = setStage({ users, redirect: 'script', loginMessage: 'plain', emptyList: 'none' });

  test('leads to the sign-in page by script', async () => {
    const page = await (await stage.visit()).newPage();
    const response = await page.goto('/s/booking-item', { waitUntil: 'commit' });
    expect(response?.status()).toBe(200);
    await page.waitForURL('**/s/login**', { waitUntil: 'commit' });
  });

  test('says that the password is wrong in a place without a role', async () => {
    const page = await (await stage.visit()).newPage();
    await page.goto('/s/login', { waitUntil: 'commit' });
    await sendForm(page, 'ada', 'wrong');
    await page.getByText(messages.wrong).waitFor();
    expect(await page.locator('[role=alert]').allTextContents()).toEqual(['']);
  });

  test('shows no table where there are no rentals', async () => {
    stage.portal.control.setRentals('ada', []);
    const page = await stage.signedIn('ada');
    await page.goto('/s/booking-item', { waitUntil: 'commit' });
    await waitForStatus(page, '0 items');
    expect(await page.locator('table').count()).toBe(0);
    expect(await page.getByText('No items to display.').isVisible()).toBe(true);
  });
});

describe('a portal with slow users and large files', () => {
  const stage = setStage({
    users: [...users, { username: 'slow', password, rentals: 1, delays: { gridMs: 600_000 } }],
  });

  test('is slow for those users only', async () => {
    const page = await stage.signedIn('slow');
    await page.goto('/s/booking-item', { waitUntil: 'commit' });
    await stage.onList('ada');
    expect(await page.locator('tbody tr').count()).toBe(0);
    stage.portal.control.setDelays({ gridMs: 1 }, 'slow');
    await stage.onList('slow');
  });

  test('holds up those who wait for images, and nobody else', async () => {
    const page = await stage.signedIn('ada');
    stage.portal.control.setDelays({ assetMs: 60_000 });
    await page.goto('/s/booking-item', { waitUntil: 'commit' });
    await page.locator('tbody tr').waitFor();
    expect(await page.evaluate(() => document.readyState)).toBe('interactive');
  });
});

describe('a portal of components', () => {
  const stage = setStage({ users, components: ['navigation', 'status', 'grid'] });

  test("hides them from the page's own world, as Salesforce does", async () => {
    const page = await stage.onList('ada');
    await page.locator('.countSortedByFilteredBy', { hasText: '1 item' }).waitFor();
    for (const part of ['nav a', '.countSortedByFilteredBy', 'table'])
      expect(await page.evaluate((selector) => document.querySelectorAll(selector).length, part)).toBe(0);
    expect(await page.evaluate(() => document.documentElement.querySelectorAll('table').length)).toBe(1);
  });
});
