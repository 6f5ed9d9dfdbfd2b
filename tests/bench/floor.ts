import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright';

type StorageState = Exclude<BrowserContextOptions['storageState'], string | undefined>;

export interface FloorOptions {
  /** The portal's address, without a slash at the end. */
  url: string;
  username: string;
  password: string;
  /** Given: the session of an earlier run, and no sign-in. */
  storageState?: StorageState;
}

export interface FloorResult {
  rows: FloorRow[];
  /** From the new browser context to the last row read; closing it is not counted. */
  ms: number;
  storageState: StorageState;
}

export interface FloorRow {
  recordId: string | null;
  cells: string[];
}

/**
 * The least that a plain Playwright script can do: sign in unless there is a session, open the list, scroll to the end,
 * read the rows. It is written to be as fast as such a script gets: it waits for what it needs and never for a time,
 * and `commit` instead of `load` keeps it from waiting for images. It blocks no requests, as interception costs every
 * request a round trip and Playwright switches the cache off for it; the images load beside the work.
 */
export async function runFloor(browser: Browser, options: FloorOptions): Promise<FloorResult> {
  const startedAt = performance.now();
  const context = await browser.newContext({ baseURL: options.url, storageState: options.storageState });
  try {
    const page = await context.newPage();
    if (!options.storageState) await signIn(page, options);
    await page.goto('/s/booking-item', { waitUntil: 'commit' });
    const rows = await readList(page);
    return { rows, ms: performance.now() - startedAt, storageState: await stateOf(context) };
  } finally {
    await context.close();
  }
}

async function signIn(page: Page, { username, password }: FloorOptions): Promise<void> {
  await page.goto('/s/login', { waitUntil: 'commit' });
  await page.getByPlaceholder('Username').fill(username);
  await page.getByPlaceholder('Password').fill(password);
  await page.locator('button.loginButton').click({ noWaitAfter: true });
  await page.waitForURL('**/s/', { waitUntil: 'commit' });
}

/** Scrolls until the status line has lost its plus, all of it inside of the page, and reads the rows. */
async function readList(page: Page): Promise<FloorRow[]> {
  await page.waitForFunction(() => {
    const status = document.querySelector('.countSortedByFilteredBy')?.textContent ?? '';
    const scroller = document.querySelector('.uiScroller');
    if (scroller) scroller.scrollTop = scroller.scrollHeight;
    return /^\d+ items? /.test(status);
  });
  return page.$$eval('table[role=grid] tbody tr', (rows) =>
    rows.map((row) => ({
      recordId: row.querySelector('a[data-recordid]')?.getAttribute('data-recordid') ?? null,
      cells: [...row.querySelectorAll('th, td')].map((cell) => cell.textContent.trim()),
    })),
  );
}

async function stateOf(context: BrowserContext): Promise<StorageState> {
  return context.storageState();
}
