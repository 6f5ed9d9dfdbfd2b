/** Where the page is not a screen as we drew it: paper, more contrast, the system's own colors, larger text. */
import { expect, test } from './pages/fixtures.ts';

test('a week, a month and the list are one sheet of paper each, and nothing else', async ({ page, connected }) => {
  await connected(12);
  for (const [path, sheet] of [
    ['/bookings', /^(Upcoming|Past) rentals/],
    ['/bookings/month', /^Rentals in /],
    ['/bookings/week', null],
  ] as const) {
    await page.goto(path);
    await page.emulateMedia({ media: 'print' });
    await expect(page.getByRole('banner')).toBeHidden();
    await expect(page.getByRole('contentinfo')).toBeHidden();
    await expect(page.locator('button:visible, input:visible, nav a:visible, a[download]:visible')).toHaveCount(0);
    if (sheet) await expect(page.getByRole('table', { name: sheet })).toBeVisible();
    else await expect(page.locator('.week .hours')).toBeVisible();
    const pdf = (await page.pdf({ format: 'A4' })).toString('latin1');
    expect(pdf.match(/\/Type\s*\/Page\b/g), path).toHaveLength(1);
    await page.emulateMedia({ media: null });
  }
});

test('contrast, forced colors and larger text are followed', async ({ page, connected }) => {
  await connected(12);
  const colorOf = (selector: string, name: string) =>
    page
      .locator(selector)
      .first()
      .evaluate((element, property) => getComputedStyle(element).getPropertyValue(property), name);
  await page.emulateMedia({ contrast: 'more' });
  expect(await colorOf('main .soft', 'color')).toBe(await colorOf('body', 'color'));
  await page.emulateMedia({ contrast: null, forcedColors: 'active' });
  expect(await colorOf('.name svg path', 'fill')).toMatch(/^rgb/);
  await page.emulateMedia({ forcedColors: null });

  for (const path of ['/dashboard', '/bookings', '/bookings/week', '/bookings/month', '/changes', '/settings']) {
    await page.goto(path);
    await page.evaluate(() => (document.documentElement.style.fontSize = '200%'));
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), path).toBeLessThanOrEqual(0);
  }
});
