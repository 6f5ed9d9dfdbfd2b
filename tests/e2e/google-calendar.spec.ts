import { AxeBuilder } from '@axe-core/playwright';
import type { Locator, Page } from '@playwright/test';
import type { StoredEvent } from '#tests/support/stand-in-google-calendars.ts';
import { expect, test } from './pages/fixtures.ts';

interface AtGoogle {
  calendars: number;
  refreshTokens: number;
  events: StoredEvent[];
}

async function atGoogle(change = ''): Promise<AtGoogle> {
  const method = change ? 'POST' : 'GET';
  const answer = await fetch(`${process.env.E2E_GOOGLE_URL!}/control?${change}`, { method });
  return (await answer.json()) as AtGoogle;
}

const sectionOf = (page: Page) => page.getByRole('region', { name: 'Put them in my calendar by itself' });
const articleIn = (section: Locator) => section.getByRole('article', { name: 'Gibney rentals' });

async function expectAccessible(page: Page): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    const { violations } = await new AxeBuilder({ page }).setLegacyMode().analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join()}`)).toEqual([]);
  }
}

test('Google Calendar is refused, allowed, filled, allowed anew and disconnected', async ({
  page,
  settings,
  connected,
  portal,
  dancer,
}) => {
  await connected(5);
  await settings.openCalendar();
  const section = sectionOf(page);
  await expectAccessible(page);
  await section.getByRole('link', { name: 'Connect Google Calendar' }).click();
  await page.getByRole('link', { name: 'Cancel' }).click();
  await expect(section.getByRole('alert').filter({ hasText: 'You did not allow it at Google.' })).toBeVisible();
  await expect(page).toHaveURL(/\/calendar#push$/);
  await settings.ready();
  await expectAccessible(page);

  await section.getByRole('link', { name: 'Connect Google Calendar' }).click();
  await page.getByRole('link', { name: 'Allow' }).click();
  const article = articleIn(section);
  await expect(settings.toasts).toContainText('Google Calendar is connected.');
  await expect(article).toContainText('Up to date');
  await expect(section.getByRole('link', { name: 'Connect Google Calendar' })).toHaveCount(0);
  const before = await atGoogle();
  expect(before.events.length).toBeGreaterThan(0);
  await expect(article.getByText('Warn me about my own events')).toHaveCount(0);
  await expectAccessible(page);

  await atGoogle('revoke');
  const [rental] = await portal.rentals(dancer.username);
  await portal.updateRental(dancer.username, rental!.recordId, { studio: 'Studio 77', status: 'Approved' });
  expect(await page.evaluate(async () => (await fetch('/api/v1/user/sync', { method: 'POST' })).status)).toBe(202);
  await expect(async () => {
    await page.reload();
    await expect(article).toContainText('Needs you', { timeout: 1_000 });
  }).toPass();
  await settings.ready();
  await expectAccessible(page);
  await article.getByRole('link', { name: 'Allow it at Google again' }).click();
  await page.getByRole('link', { name: 'Allow' }).click();
  await expect(article).toContainText('Up to date');
  const after = await atGoogle();
  expect(after.events.filter(({ location }) => location?.startsWith('Studio 77'))).toHaveLength(1);
  for (const { id } of before.events) expect(after.events.filter((one) => one.id === id)).toHaveLength(1);

  await article.getByText('Disconnect', { exact: true }).click();
  await article.getByRole('button', { name: 'Disconnect and take our events out' }).click();
  await expect(article).toHaveCount(0);
  await expect.poll(async () => (await atGoogle()).calendars).toBe(0);
  await expect.poll(async () => (await atGoogle()).refreshTokens).toBe(0);
});

test.describe('without script', () => {
  test.use({ javaScriptEnabled: false });

  test('Google Calendar is connected by links alone, unless what we ask for is left out', async ({
    page,
    dancer,
    account,
  }) => {
    await page.goto('/register');
    await account.register(dancer.email, dancer.password);
    await page.goto('/calendar');
    await atGoogle('leaves_out=1');
    await sectionOf(page).getByRole('link', { name: 'Connect Google Calendar' }).click();
    await page.getByRole('link', { name: 'Allow' }).click();
    await expect(sectionOf(page).getByRole('alert').filter({ hasText: 'leave it ticked' })).toBeVisible();
    await atGoogle('leaves_out=0');
    await sectionOf(page).getByRole('link', { name: 'Connect Google Calendar' }).click();
    await page.getByRole('link', { name: 'Allow' }).click();
    await expect(articleIn(sectionOf(page))).toBeVisible();
    // Playwright finds no text in a <noscript>.
    expect(await page.content()).toContain('Google Calendar is connected.');
  });
});
