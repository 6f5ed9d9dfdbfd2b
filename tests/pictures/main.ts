/**
 * `npm run screenshots [name…]`: every page and state, or those whose name holds one of the given texts, at 390 and 1440 px in
 * both themes, into screenshots/. With `--docs` only the picture of the README, into docs/images.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chromium, expect, type Browser, type BrowserContextOptions, type Page } from '@playwright/test';
import { findChromium } from '#platform/find-chromium.ts';
import { inProject } from '#platform/paths.ts';
import { makeOperator } from '../e2e/pages/operator.ts';
import { connectControl } from '../portal/control-client.ts';
import { startStack, type Stack } from '../support/stack.ts';
import { dancerEmail, furnish, makeDancer } from './demo-data.ts';
import { operatorShots, ownShots, publicShots, type Shot } from './pages.ts';
import { states, type State } from './states.ts';

const widths = [390, 1440] as const;
const themes = ['light', 'dark'] as const;
const heights: Record<number, number> = { 390: 844, 1440: 900 };

interface View {
  browser: Browser;
  stack: Stack;
  width: number;
  theme: (typeof themes)[number];
  /** The cookies of the dancer; none for the public pages. */
  signedIn?: BrowserContextOptions['storageState'];
}

async function openView({ browser, stack, width, theme, signedIn }: View) {
  const context = await browser.newContext({
    baseURL: stack.url,
    viewport: { width, height: heights[width]! },
    colorScheme: theme,
    reducedMotion: 'reduce',
    locale: 'en-US',
    timezoneId: 'America/New_York',
    serviceWorkers: 'block',
    storageState: signedIn,
  });
  return context.newPage();
}

async function photograph(view: View, shots: Shot[], folder: string): Promise<void> {
  const page = await openView(view);
  for (const { name, path, ready } of shots) {
    await page.goto('about:blank');
    await page.goto(path);
    await page.evaluate(() => document.fonts.ready);
    await ready?.(page);
    await page.screenshot({ path: join(folder, `${name}-${view.width}-${view.theme}.png`), fullPage: true });
  }
  await page.context().close();
}

async function photographAll(browser: Browser, stack: Stack, names: string[]): Promise<number> {
  const folder = inProject('screenshots');
  await mkdir(folder, { recursive: true });
  const wanted = ({ name }: { name: string }) => names.length === 0 || names.some((part) => name.includes(part));
  const dancer = await makeDancer(browser, stack);
  await furnish(dancer);
  const signedIn = await dancer.context().storageState();
  for (const width of widths) {
    for (const theme of themes) {
      await photograph({ browser, stack, width, theme }, publicShots.filter(wanted), folder);
      await photograph({ browser, stack, width, theme, signedIn }, ownShots.filter(wanted), folder);
    }
  }
  const operated = operatorShots.filter(wanted);
  if (operated.length > 0) await becomeOperator(dancer, stack);
  for (const width of widths)
    for (const theme of themes) await photograph({ browser, stack, width, theme, signedIn }, operated, folder);
  const arranged = states.filter(wanted);
  for (const state of arranged) await photographState({ browser, stack }, state, folder);
  return (
    [...publicShots, ...ownShots, ...operatorShots, ...states].filter(wanted).length * widths.length * themes.length
  );
}

/** The web learns of the role a moment later. */
async function becomeOperator(dancer: Page, { databaseUrl }: Stack): Promise<void> {
  await makeOperator(dancerEmail, databaseUrl);
  await expect(async () => {
    await dancer.goto('/operate');
    await expect(dancer.getByRole('heading', { name: 'Operate' })).toBeVisible({ timeout: 1_000 });
  }).toPass({ timeout: 20_000 });
}

/** One page in all sizes and themes: a state is brought about once. */
async function photographState(
  { browser, stack }: Pick<View, 'browser' | 'stack'>,
  { name, arrange }: State,
  folder: string,
): Promise<void> {
  const page = await openView({ browser, stack, width: widths[0], theme: themes[0] });
  await arrange(page, connectControl(stack.portalUrl));
  for (const width of widths) {
    await page.setViewportSize({ width, height: heights[width]! });
    for (const colorScheme of themes) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.screenshot({ path: join(folder, `${name}-${width}-${colorScheme}.png`), fullPage: true });
    }
  }
  await page.context().close();
}

async function photographForDocs(browser: Browser, stack: Stack): Promise<void> {
  const dancer = await makeDancer(browser, stack);
  await furnish(dancer);
  const signedIn = await dancer.context().storageState();
  const page = await openView({ browser, stack, width: 1440, theme: 'light', signedIn });
  await page.goto('/dashboard');
  await page.evaluate(() => document.fonts.ready);
  await mkdir(inProject('docs', 'images'), { recursive: true });
  await page.screenshot({ path: inProject('docs', 'images', 'dashboard.png') });
}

const { values, positionals } = parseArgs({ allowPositionals: true, options: { docs: { type: 'boolean' } } });
const found = await findChromium(process.env.CHROMIUM_PATH, (line) => console.error(line));
const stack = await startStack({ env: { RATE_LIMIT_SCALE: '0', CHROMIUM_PATH: found.executablePath } });
const browser = await chromium.launch({
  executablePath: found.executablePath,
  args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
});
try {
  if (values.docs) await photographForDocs(browser, stack);
  else console.log(`${await photographAll(browser, stack, positionals)} pictures in screenshots/`);
} finally {
  await browser.close();
  await stack.stop();
}
