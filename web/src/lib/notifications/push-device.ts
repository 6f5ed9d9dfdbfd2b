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

interface Known {
  publicKey: string | null;
  /** The push service said that this browser's endpoint is no more, so no message will come by it. */
  isGone: boolean;
}

async function readKnown(): Promise<Known> {
  const { public_key: publicKey, subscriptions } = (await (await call('GET')).json()) as {
    public_key: string | null;
    subscriptions: { current: boolean; state: string }[];
  };
  const own = subscriptions.filter(({ current }) => current);
  return { publicKey, isGone: own.length > 0 && own.every(({ state }) => state === 'gone') };
}

const bytesOf = (base64url: string) =>
  Uint8Array.from(atob(base64url.replaceAll('-', '+').replaceAll('_', '/')), (letter) => letter.charCodeAt(0));

function isFor({ options }: PushSubscription, publicKey: string): boolean {
  const key = options.applicationServerKey;
  return key !== null && bytesOf(publicKey).every((byte, index) => byte === new Uint8Array(key)[index]);
}

/** What the browser has, or a new one: push services take nothing for one that is gone, or was made for other keys. */
async function subscribe(
  { pushManager }: ServiceWorkerRegistration,
  publicKey: string,
  { isGone }: Known,
): Promise<PushSubscription> {
  const before = await pushManager.getSubscription();
  if (before && !isGone && isFor(before, publicKey)) return before;
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
  const subscription = await subscribe(registration, publicKey, await readKnown());
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
  const known = await readKnown();
  if (known.publicKey !== null) await renewFor(registration, record, { ...known, publicKey: known.publicKey });
}

async function renewFor(
  registration: ServiceWorkerRegistration,
  record: PushRecord,
  known: Known & { publicKey: string },
): Promise<void> {
  const { publicKey } = known;
  const subscription = await subscribe(registration, publicKey, known);
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
