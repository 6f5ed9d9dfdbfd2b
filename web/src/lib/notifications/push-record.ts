/** What this browser is registered with, for its pages and its service worker alike. Says nothing of whose it is. */

export interface PushRecord {
  endpoint: string;
  /** The key of the service that it was made for. */
  publicKey: string;
  /** When the service knew of it last, in epoch ms. */
  at: number;
}

export const pushCache = 'push-device';
const place = '/push-device';

export async function readRecord(): Promise<PushRecord | null> {
  const kept = await (await caches.open(pushCache)).match(place);
  return kept ? ((await kept.json()) as PushRecord) : null;
}

export async function writeRecord(record: PushRecord): Promise<void> {
  await (await caches.open(pushCache)).put(place, Response.json(record));
}

export async function dropRecord(): Promise<void> {
  await caches.delete(pushCache);
}
