/** A person at a real browser in front of the stand-in portal: what the portal's own tests look through. */
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { chromiumLaunch } from '../support/index.ts';
import { startPortal, type Portal, type PortalOptions, type Rental } from './server.ts';

export const quick = { loginScriptMs: 5, signInMs: 5, shellMs: 0, gridMs: 5, batchMs: 5, assetMs: 5 };
export const password = 'relevé';

export interface Stage {
  readonly portal: Portal;
  readonly browser: Browser;
  /** A fresh browser context, closed after the test. */
  visit(): Promise<BrowserContext>;
  /** A fresh context, signed in without the form, its page on `/s/`. */
  signedIn(username: string): Promise<Page>;
  /** A fresh signed-in page on the list, its first rows there. */
  onList(username: string): Promise<Page>;
}

/** A portal and a browser for a test file; the portal is reset after each test. */
export function setStage(options: PortalOptions): Stage {
  let portal: Portal;
  let browser: Browser;
  const contexts: BrowserContext[] = [];
  beforeAll(async () => {
    portal = await startPortal({ delays: quick, ...options });
    browser = await chromium.launch(chromiumLaunch());
  });
  afterEach(async () => {
    await Promise.all(contexts.splice(0).map((context) => context.close()));
    portal.control.reset();
  });
  afterAll(async () => {
    await browser?.close();
    await portal?.close();
  });
  const stage: Stage = {
    get portal() {
      return portal;
    },
    get browser() {
      return browser;
    },
    async visit() {
      const context = await browser.newContext({ baseURL: portal.url });
      contexts.push(context);
      return context;
    },
    async signedIn(username) {
      const context = await stage.visit();
      const action = { descriptor: 'apex://Community/ACTION$login', params: { username, password } };
      await context.request.post('/s/sfsites/aura?r=0', { form: { message: JSON.stringify({ actions: [action] }) } });
      const page = await context.newPage();
      await page.goto('/s/', { waitUntil: 'commit' });
      return page;
    },
    async onList(username) {
      const page = await stage.signedIn(username);
      await page.goto('/s/booking-item', { waitUntil: 'commit' });
      await page.locator('tbody tr').first().waitFor();
      return page;
    },
  };
  return stage;
}

/** Fills in the sign-in form and sends it. */
export async function sendForm(page: Page, username: string, secret = password): Promise<void> {
  await page.getByPlaceholder('Username').fill(username);
  await page.getByPlaceholder('Password').fill(secret);
  await page.locator('button.loginButton').click({ noWaitAfter: true });
}

export function statusLine(page: Page) {
  return page.locator('span.countSortedByFilteredBy');
}

/** Waits until the status line begins so. */
export async function waitForStatus(page: Page, start: string, timeout = 10_000): Promise<void> {
  await page.waitForFunction(
    (wanted) => document.querySelector('.countSortedByFilteredBy')?.textContent.startsWith(wanted),
    start,
    { timeout },
  );
}

/** The labels of the header cells. */
export function labels(page: Page): Promise<string[]> {
  return page.$$eval('thead th', (cells) => cells.map((cell) => cell.getAttribute('aria-label') ?? ''));
}

/** The texts of the rows' cells. */
export function cells(page: Page): Promise<string[][]> {
  return page.$$eval('tbody tr', (rows) =>
    rows.map((row) => [...row.querySelectorAll('th, td')].map((cell) => cell.textContent)),
  );
}

/** The record ids of the rows in the document; null for a row without one. */
export function recordIds(page: Page): Promise<(string | null)[]> {
  return page.$$eval('tbody th[scope=row] a', (links) => links.map((link) => link.getAttribute('data-recordid')));
}

export async function scrollToEnd(page: Page): Promise<void> {
  await page.locator('.uiScroller').evaluate((scroller) => scroller.scrollTo(0, scroller.scrollHeight));
}

export function rental(index: number, texts: Partial<Rental> = {}): Rental {
  return {
    recordId: `a0YRt0000000${String(index).padStart(3, '0')}AAA`,
    name: `R-${490_000 + index}`,
    start: `6/${1 + (index % 28)}/2025 7:00 PM`,
    end: `6/${1 + (index % 28)}/2025 9:00 PM`,
    studio: 'Studio A',
    price: '$19.00',
    status: 'Approved',
    location: '280 Broadway (Lower Manhattan)',
    ...texts,
  };
}
