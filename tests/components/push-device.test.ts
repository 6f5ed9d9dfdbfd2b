/** What this browser registers with, where the service knows how it stands there. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { renew, turnOn } from '#lib/notifications/push-device.ts';

const publicKey = 'AQID';
const oldEndpoint = 'https://push.test/1';
let subscriptions: { current: boolean; state: string }[];
let sent: { method: string; body: { endpoint?: string; replaces?: string } | null }[];
let registration: ServiceWorkerRegistration;

beforeEach(() => {
  sent = [];
  registration = browser();
  const kept = new Map<string, Response>();
  const cache = {
    match: (key: string) => Promise.resolve(kept.get(key)?.clone()),
    put: (key: string, response: Response) => Promise.resolve(void kept.set(key, response)),
  };
  kept.set('/push-device', Response.json({ endpoint: oldEndpoint, publicKey, at: Date.now() - 2 * 86_400_000 }));
  vi.stubGlobal('caches', { open: () => Promise.resolve(cache), delete: () => Promise.resolve(true) });
  vi.stubGlobal('fetch', (_: string, { method, body }: { method: string; body?: string }) => {
    sent.push({ method, body: body === undefined ? null : (JSON.parse(body) as object) });
    return Promise.resolve(Response.json(method === 'GET' ? { public_key: publicKey, subscriptions } : {}));
  });
});
afterEach(() => vi.unstubAllGlobals());

/** One that was subscribed once, and gives another endpoint each time that it subscribes. */
function browser(): ServiceWorkerRegistration {
  let count = 1;
  const make = () => {
    const endpoint = `https://push.test/${count}`;
    const options = { applicationServerKey: Uint8Array.from([1, 2, 3]).buffer };
    return { endpoint, options, toJSON: () => ({ endpoint, keys: {} }), unsubscribe: () => ((held = null), true) };
  };
  let held: ReturnType<typeof make> | null = make();
  const pushManager = {
    getSubscription: () => Promise.resolve(held),
    subscribe: () => ((count += 1), (held = make()), Promise.resolve(held)),
  };
  return { pushManager } as unknown as ServiceWorkerRegistration;
}

const registered = () => sent.filter(({ method }) => method === 'POST').map(({ body }) => body);
const ways = {
  'turned on': () => turnOn(registration, publicKey),
  renewed: () => renew(registration),
};

it.each(Object.entries(ways))('an endpoint that is gone is not registered again where it is %s', async (_, act) => {
  subscriptions = [{ current: true, state: 'gone' }];
  await act();
  expect(registered()).toEqual([{ endpoint: 'https://push.test/2', keys: {}, replaces: oldEndpoint }]);
});

it.each(Object.entries(ways))('one that works stays, whatever became of others, where it is %s', async (_, act) => {
  subscriptions = [
    { current: true, state: 'on' },
    { current: true, state: 'gone' },
    { current: false, state: 'gone' },
  ];
  await act();
  expect(registered()).toEqual([{ endpoint: oldEndpoint, keys: {}, replaces: oldEndpoint }]);
});
