/** Where the service worker keeps pages for the time without a line. Pages are somebody's own, so it ends with them. */
export const pageCache = 'pages-v1';

/** What is kept: the pages that a dancer looks something up on. */
export const keptPages = ['/dashboard', '/bookings', '/changes', '/calendar'];

/** Which of them are kept even when nobody loads them: links within the app bring data only, never the page. */
export const soughtPages = ['/dashboard', '/bookings'];

/** What a page asks of the service worker. */
export type PageWish = 'keep' | 'forget';

/** After so long a visit to any page renews what is kept. */
const freshMs = 10 * 60_000;
let keptAt = 0;

/** To be called when the data of the page is new. */
export async function keepPages(): Promise<void> {
  keptAt = Date.now();
  await wish('keep');
}

export async function keepPagesIfOld(): Promise<void> {
  if (Date.now() - keptAt > freshMs) await keepPages();
}

/** Forgets every kept page, wherever the visitor is signed out. */
export async function forgetPages(): Promise<void> {
  if ('caches' in globalThis) await caches.delete(pageCache);
  await wish('forget');
}

async function wish(text: PageWish): Promise<void> {
  if (!('serviceWorker' in navigator)) return;
  const { active } = await navigator.serviceWorker.ready;
  active?.postMessage(text);
}
