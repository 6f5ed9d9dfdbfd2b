import { startStandInCalendar, type StandInCalendar } from '#tests/support/stand-in-calendar.ts';
import { expect, test } from './pages/fixtures.ts';

let calendar: StandInCalendar;
test.beforeAll(async () => {
  calendar = await startStandInCalendar();
});
test.afterAll(() => calendar.close());

test('a calendar is connected, filled, refused, mended and disconnected', async ({ page, settings, connected }) => {
  await connected(5);
  await settings.openCalendar();
  const section = page.getByRole('region', { name: 'Put them in my calendar by itself' });
  await section.getByText('Another calendar (CalDAV)').click();
  await section.getByLabel('Server', { exact: true }).last().fill(calendar.url);
  await section.getByLabel('Calendar username').last().fill('ann');
  await section.getByLabel('App password').last().fill('wrong');
  calendar.quirks.answer = ({ headers }, response) => {
    if (headers.authorization === `Basic ${Buffer.from('ann:app-pass').toString('base64')}`) return false;
    response.writeHead(401).end();
    return true;
  };
  await section.getByRole('button', { name: 'Find my calendars' }).last().click();
  await expect(section.getByRole('alert').filter({ hasText: 'did not accept' })).toBeVisible();
  await section.getByLabel('App password').last().fill('app-pass');
  await section.getByRole('button', { name: 'Find my calendars' }).last().click();
  await expect(section.getByRole('radio', { name: 'Home' })).toBeVisible();
  await section.getByRole('button', { name: 'Put my rentals there' }).click();
  const article = section.getByRole('article', { name: 'Gibney rentals' });
  await expect(article).toContainText('Up to date');
  expect(calendar.objects.size).toBeGreaterThan(0);
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);

  await article.getByText('Warn me about my own events').click();
  await article.getByRole('button', { name: 'Choose my calendars' }).click();
  await article.getByRole('checkbox', { name: 'Home' }).check();
  await article.getByRole('button', { name: 'Save' }).click();
  await expect(article.getByText('We warn you of your own events in Home.')).toBeVisible();

  await page.goto('/bookings');
  await page.locator('main a.studio').first().click();
  const told = page.getByRole('region', { name: 'Where you were told' });
  await expect(told.getByRole('listitem').filter({ hasText: 'Gibney rentals' })).toContainText('Written');
  await settings.openCalendar();

  await article.getByText('Disconnect', { exact: true }).click();
  await article.getByRole('button', { name: 'Disconnect and take our events out' }).click();
  await expect(article).toHaveCount(0);
  await expect.poll(() => calendar.objects.size).toBe(0);
});

test.describe('without script', () => {
  test.use({ javaScriptEnabled: false });

  test('a calendar is connected by its forms alone', async ({ page, dancer, account }) => {
    calendar.quirks.answer = () => false;
    await page.goto('/register');
    await account.register(dancer.email, dancer.password);
    await page.goto('/calendar');
    const section = page.getByRole('region', { name: 'Put them in my calendar by itself' });
    await section.getByText('Another calendar (CalDAV)').click();
    await section.getByLabel('Server', { exact: true }).last().fill(calendar.url);
    await section.getByLabel('Calendar username').last().fill('ann');
    await section.getByLabel('App password').last().fill('app-pass');
    await section.getByRole('button', { name: 'Find my calendars' }).last().click();
    await section.getByRole('button', { name: 'Put my rentals there' }).click();
    await expect(section.getByRole('article', { name: 'Gibney rentals' })).toBeVisible();
  });
});
