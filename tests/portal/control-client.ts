import type { PortalControl } from './control.ts';
import type { Counters, NumericCounter } from './types.ts';

type Mirrored = Omit<PortalControl, 'waitFor'>;

/** The control of a portal in another process: the same calls, each a promise. */
export type RemoteControl = {
  [Name in keyof Mirrored]: (...args: Parameters<Mirrored[Name]>) => Promise<ReturnType<Mirrored[Name]>>;
} & {
  /** Resolves with the counters as soon as this one is within the bounds; rejects after `timeoutMs` (30 s). */
  waitFor(wanted: {
    counter: NumericCounter;
    atLeast?: number;
    atMost?: number;
    user?: string;
    timeoutMs?: number;
  }): Promise<Counters>;
};

/** Speaks the control API of README.md; each call rejects with the portal's own words where it refuses. */
export function connectControl(portalUrl: string): RemoteControl {
  const call = <T>(method: string, path: string, body?: unknown): Promise<T> => request(portalUrl, method, path, body);
  const user = (username: string, rest = ''): string => `users/${encodeURIComponent(username)}${rest}`;
  const rental = (username: string, id: string, rest = ''): string =>
    user(username, `/rentals/${encodeURIComponent(id)}${rest}`);
  return {
    addUser: (account) => call('POST', 'users', account),
    removeUser: (username) => call('DELETE', user(username)),
    users: () => call('GET', 'users'),
    setPassword: (username, password) => call('PUT', user(username, '/password'), password),
    lock: (username) => call('POST', user(username, '/lock')),
    unlock: (username) => call('POST', user(username, '/unlock')),
    rentals: (username) => call('GET', user(username, '/rentals')),
    setRentals: (username, rentals, seed) => call('PUT', user(username, '/rentals'), { rentals, seed }),
    addRental: (username, whole = {}) => call('POST', user(username, '/rentals'), whole),
    updateRental: (username, id, patch) => call('PATCH', rental(username, id), patch),
    vanish: (username, id) => call('POST', rental(username, id, '/vanish')),
    reappear: (username, id) => call('POST', rental(username, id, '/reappear')),
    share: (from, to, id) => call('POST', rental(from, id, '/share'), { to }),
    misbehave: async (what) => (await call<{ id: string }>('POST', 'misbehaviours', what)).id,
    behave: (id) => call('DELETE', id === undefined ? 'misbehaviours' : `misbehaviours/${id}`),
    misbehaviours: () => call('GET', 'misbehaviours'),
    setDelays: (delays, username) => call('PUT', `delays${query({ user: username })}`, delays),
    endSessions: (username) => call('DELETE', `sessions${query({ user: username })}`),
    counters: (username) => call('GET', `counters${query({ user: username })}`),
    resetCounters: () => call('DELETE', 'counters'),
    waitFor: (wanted) => call('GET', `wait${query(wanted)}`),
    reset: () => call('POST', 'reset'),
  };
}

async function request<T>(portalUrl: string, method: string, path: string, body?: unknown): Promise<T> {
  const response = await fetch(new URL(`/__control/${path}`, portalUrl), {
    method,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const answer = (await response.json()) as T & { error?: string };
  if (!response.ok) throw new Error(answer.error ?? `the portal answered ${response.status}`);
  return answer;
}

function query(values: Record<string, string | number | undefined>): string {
  const given = Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]]));
  return given.length > 0 ? `?${new URLSearchParams(given).toString()}` : '';
}
