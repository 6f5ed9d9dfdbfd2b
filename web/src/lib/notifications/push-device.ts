/** This browser as a device that is told: turned on, kept so, turned off. For pages and the service worker. */
import { dropRecord, readRecord, writeRecord, type PushRecord } from './push-record.ts';

/** The service refused it, with what it says of it. */
export class RefusedError extends Error {
  override name = 'RefusedError';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const calls = '/api/v1/user/push-subscriptions';

async function call(method: string, body?: object): Promise<Response> {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(calls, { method, ...(body && { headers, body: JSON.stringify(body) }) });
  if (answer.ok) return answer;
  const { detail = answer.statusText } = (await answer.json().catch(() => ({}))) as { detail?: string };
  throw new RefusedError(answer.status, detail);
}

async function readPublicKey(): Promise<string | null> {
  const { public_key: key } = (await (await call('GET')).json()) as { public_key: string | null };
  return key;
}

const bytesOf = (base64url: string) =>
  Uint8Array.from(atob(base64url.replaceAll('-', '+').replaceAll('_', '/')), (letter) => letter.charCodeAt(0));

function isFor({ options }: PushSubscription, publicKey: string): boolean {
  const key = options.applicationServerKey;
  return key !== null && bytesOf(publicKey).every((byte, index) => byte === new Uint8Array(key)[index]);
}

/** What the browser has, or a new one: push services take nothing for one that was made for other keys. */
async function subscribe({ pushManager }: ServiceWorkerRegistration, publicKey: string): Promise<PushSubscription> {
  const before = await pushManager.getSubscription();
  if (before && isFor(before, publicKey)) return before;
  await before?.unsubscribe();
  return pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytesOf(publicKey) });
}

async function register(subscription: PushSubscription, publicKey: string, replaces?: string): Promise<void> {
  const { endpoint, keys } = subscription.toJSON();
  await call('POST', { endpoint, keys, ...(replaces !== undefined && { replaces }) });
  await writeRecord({ endpoint: subscription.endpoint, publicKey, at: Date.now() });
}

const isMissing = (error: unknown) => error instanceof RefusedError && error.status === 404;

/** To be called after the person allowed it. Throws {@link RefusedError}, and what the browser throws. */
export async function turnOn(registration: ServiceWorkerRegistration, publicKey: string): Promise<void> {
  const subscription = await subscribe(registration, publicKey);
  const before = await readRecord();
  try {
    await register(subscription, publicKey, before?.endpoint);
  } catch (error) {
    if (!before || !isMissing(error)) throw error;
    await register(subscription, publicKey);
  }
}

/** The service may have forgotten it already. */
export async function turnOff(registration: ServiceWorkerRegistration): Promise<void> {
  const subscription = await registration.pushManager.getSubscription();
  const endpoint = subscription?.endpoint ?? (await readRecord())?.endpoint;
  await subscription?.unsubscribe();
  await dropRecord();
  if (endpoint === undefined) return;
  await call('DELETE', { endpoint }).catch((error: unknown) => {
    if (!isMissing(error)) throw error;
  });
}

/** Browsers lose subscriptions and change them, and people sign in as somebody else. */
const dayMs = 86_400_000;

/**
 * Tells the service what became of a device that was turned on here; one that was removed there is turned off here. No effect in
 * a browser where nobody turned it on, or where notifications are no longer allowed: push services tell us of that.
 */
export async function renew(registration: ServiceWorkerRegistration): Promise<void> {
  const record = await readRecord();
  if (!record) return;
  const subscription = await registration.pushManager.getSubscription();
  if (subscription?.endpoint === record.endpoint && Date.now() - record.at < dayMs) return;
  const publicKey = await readPublicKey();
  if (publicKey !== null) await renewFor(registration, record, publicKey);
}

async function renewFor(registration: ServiceWorkerRegistration, record: PushRecord, publicKey: string): Promise<void> {
  const subscription = await subscribe(registration, publicKey);
  try {
    await register(subscription, publicKey, record.endpoint);
  } catch (error) {
    if (!isMissing(error)) throw error;
    await subscription.unsubscribe();
    await dropRecord();
  }
}

/** Each load of a page looks once, and long visits now and then. */
const lookMs = 10 * 60_000;
let lookedAt = 0;

/** For pages of whoever is signed in. */
export async function renewIfOld(): Promise<void> {
  if (!('PushManager' in globalThis && 'caches' in globalThis) || Notification.permission !== 'granted') return;
  if (Date.now() - lookedAt < lookMs) return;
  lookedAt = Date.now();
  try {
    await renew(await navigator.serviceWorker.ready);
  } catch {
    // Without a line, or with a push service that is away, the next visit looks again.
  }
}
