/** The empty page of a browser context that nobody has used. */
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright';
import { openEgressProxy, type EgressOptions } from './egress-proxy.ts';

export interface FreshPage {
  context: BrowserContext;
  page: Page;
}

/** Nothing that the page shows may depend on where the worker runs. */
const contextOptions: BrowserContextOptions = {
  locale: 'en-US',
  timezoneId: 'America/New_York',
  viewport: { width: 1280, height: 900 },
  serviceWorkers: 'block',
  acceptDownloads: false,
};

/** Takes some 150 ms, most of it for the process of the page. Leaves nothing behind where it fails. */
export async function openFreshPage(browser: Browser, egress: EgressOptions): Promise<FreshPage> {
  const proxy = await openEgressProxy(egress);
  let context: BrowserContext | undefined;
  try {
    context = await browser.newContext({ ...contextOptions, proxy: proxy.settings });
    context.once('close', () => proxy.close());
    return { context, page: await context.newPage() };
  } catch (error) {
    proxy.close();
    await context?.close().catch(() => undefined); // it went with the browser
    throw error;
  }
}

/** Whether it still answers; a page that waited may have lost its process. */
export function isAlive({ page }: FreshPage): Promise<boolean> {
  return page.evaluate('true').then(
    () => true,
    () => false, // then another is made, and any trouble with the browser shows there
  );
}
