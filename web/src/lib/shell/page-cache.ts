/** Where the service worker keeps pages for the time without a line. Pages are somebody's own, so it ends with them. */
export const pageCache = 'pages-v1';

/** What is kept: the pages that a dancer looks something up on. */
export const keptPages = ['/dashboard', '/bookings', '/changes', '/calendar'];

/** Forgets every kept page, wherever the visitor is signed out. */
export async function forgetPages(): Promise<void> {
  if ('caches' in globalThis) await caches.delete(pageCache);
}
