/**
 * Makes the app start at once and open without a line. Keeps the app's own files, and the last state of a few pages of
 * whoever is signed in; those are forgotten as soon as anybody signs in or out. Answers of the API are never kept. Shows what is
 * pushed.
 */
import { assets, immutable } from '$app/manifest';
import { self } from '$app/service-worker';
import { version } from '$app/env';
import { keptPages, pageCache, soughtPages } from '#lib/shell/page-cache.ts';
import type { PageWish } from '#lib/shell/page-cache.ts';
import { pushCache } from '#lib/notifications/push-record.ts';
import { endSubscription, listenForPushes } from './push.ts';

const fileCache = `files-${version}`;
const files = new Set([...immutable, ...assets].map(({ path }) => new URL(path, self.registration.scope).pathname));
const offlinePage = '/offline.html';

/** Counts the forgettings, so that an answer that was on its way during one is not kept after it. */
let forgotten = 0;
let seeking: Promise<unknown> = Promise.resolve();

self.addEventListener('install', (event) => {
  event.waitUntil(keepFiles().then(() => self.skipWaiting()));
});

self.addEventListener('activate', (event) => {
  event.waitUntil(dropOldCaches().then(() => self.clients.claim()));
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== self.location.origin) return;
  if (changesWhoIsHere(request, url)) event.waitUntil(Promise.all([forget(), endSubscription()]));
  if (request.method !== 'GET') return;
  if (files.has(url.pathname)) event.respondWith(fromFiles(request, url));
  else if (request.mode === 'navigate' && !url.pathname.startsWith('/api/')) event.respondWith(page(event, url));
});

self.addEventListener('message', (event) => {
  const wish = event.data as PageWish;
  if (wish === 'forget') event.waitUntil(forget());
  if (wish === 'keep') event.waitUntil((seeking = Promise.allSettled([seeking]).then(seekPages)));
});

listenForPushes();

async function keepFiles(): Promise<void> {
  const cache = await caches.open(fileCache);
  await cache.addAll([...files]);
}

async function dropOldCaches(): Promise<void> {
  const names = await caches.keys();
  await Promise.all(
    names.filter((name) => ![fileCache, pageCache, pushCache].includes(name)).map((name) => caches.delete(name)),
  );
}

async function forget(): Promise<void> {
  forgotten += 1;
  await caches.delete(pageCache);
}

function changesWhoIsHere({ method }: Request, { pathname, search }: URL): boolean {
  return (
    method === 'POST' && (/^\/(sign-in|register|reset-password)/.test(pathname) || /signOut|deleteAccount/.test(search))
  );
}

async function fromFiles(request: Request, { pathname }: URL): Promise<Response> {
  const kept = await (await caches.open(fileCache)).match(pathname);
  return kept ?? fetch(request);
}

/** A server that says nothing for so long is away, as far as somebody between two rehearsals is concerned. */
const patienceMs = 4_000;

/** From 502 on it is a proxy that answers for a server that is away, or a server that cannot answer. */
async function page(event: FetchEvent, url: URL): Promise<Response> {
  const asked = fromServer(event.request, url);
  event.waitUntil(asked.catch(() => undefined));
  const kept = await keptPage(url);
  try {
    const answer = await (kept ? Promise.race([asked, afterPatience()]) : asked);
    return answer && answer.status < 502 ? answer : (kept ?? (await asked));
  } catch (error) {
    const instead = kept ?? (await (await caches.open(fileCache)).match(offlinePage));
    if (instead) return instead;
    throw error;
  }
}

function afterPatience(): Promise<null> {
  return new Promise((resolve) => setTimeout(() => resolve(null), patienceMs));
}

async function fromServer(request: Request, { pathname, search }: URL): Promise<Response> {
  const before = forgotten;
  const answer = await fetch(request);
  // These pages lead elsewhere only where nobody is signed in any more.
  if (answer.type === 'opaqueredirect' && keptPages.includes(pathname)) await forget();
  else if (answer.ok && search === '' && keptPages.includes(pathname)) await keep(pathname, answer.clone(), before);
  return answer;
}

async function seekPages(): Promise<void> {
  try {
    for (const path of soughtPages)
      await fromServer(new Request(path, { redirect: 'manual' }), new URL(path, self.location.origin));
  } catch {
    // Without a line what was kept before is the best there is.
  }
}

async function keep(pathname: string, answer: Response, before: number): Promise<void> {
  if (before !== forgotten) return;
  const cache = await caches.open(pageCache);
  if (before === forgotten) await cache.put(pathname, answer);
}

/** The page as it was, marked as such: it is kept as it is without a filter, whatever its address asks for now. */
async function keptPage({ pathname, search }: URL): Promise<Response | undefined> {
  const kept = await (await caches.open(pageCache)).match(pathname === '/' ? '/dashboard' : pathname);
  if (!kept) return undefined;
  const html = await kept.text();
  return new Response(html.replace('<html ', `<html data-kept="${search === '' ? 'whole' : 'unfiltered'}" `), {
    headers: kept.headers,
  });
}
