/** The service under measure, spoken to as any client does: REST for the verbs, SSE for the status. */
import type { StatusView } from '#domain/shapes/sync.ts';

export interface Account {
  username: string;
  token: string;
  call<Body>(method: string, path: string, body?: unknown): Promise<Body>;
}

export interface Dancer extends Account {
  /** Saves the portal credentials, which starts a sync with a new portal session; resolves with its job's id when it is over. */
  connect(password: string): Promise<FinishedSync>;
  /** Presses the button; resolves when a subscriber saw the end of that job. */
  sync(): Promise<FinishedSync>;
  close(): void;
}

export interface FinishedSync {
  /** When the request was sent, in milliseconds since 1970. */
  clickedAt: number;
  /** From sending the request to its answer. */
  acceptedMs: number;
  /** From sending the request to the snapshot that is final. */
  ms: number;
  /** From sending the request to the first snapshot of this job at the subscriber. */
  firstProgressMs: number;
  job: NonNullable<StatusView['job']>;
}

interface Seen {
  at: number;
  status: StatusView;
}

export const accountPassword = 'bench-password';

/** A new account with a token. */
export async function registerAccount(baseUrl: string, username: string): Promise<Account> {
  await call(baseUrl, 'POST', '/auth/register', { email: username, password: accountPassword });
  return signedInAccount(baseUrl, username, accountPassword);
}

/** An account that there is already, with a new token. */
export async function signedInAccount(baseUrl: string, email: string, password: string): Promise<Account> {
  const { access_token: token } = await call<{ access_token: string }>(baseUrl, 'POST', '/auth/token', {
    email,
    password,
  });
  return { username: email, token, call: (method, path, body) => call(baseUrl, method, path, body, token) };
}

/** A new account with a token and an open subscription. */
export async function registerDancer(baseUrl: string, username: string): Promise<Dancer> {
  const account = await registerAccount(baseUrl, username);
  const subscription = new AbortController();
  const seen: Seen[] = [];
  const waiting = new Set<() => void>();
  const reading = follow(baseUrl, account.token, subscription.signal, (status) => {
    seen.push({ at: performance.now(), status });
    waiting.forEach((check) => check());
  });

  const first = (fits: (entry: Seen) => boolean): Promise<Seen> =>
    new Promise((resolve, reject) => {
      const check = () => {
        const found = seen.find(fits);
        if (!found) return;
        waiting.delete(check);
        resolve(found);
      };
      reading.catch(reject);
      waiting.add(check);
      check();
    });

  const measured = async (trigger: () => Promise<string | null>): Promise<FinishedSync> => {
    const before = seen.at(-1)?.status.job?.id;
    seen.length = 0;
    const startedAt = performance.now();
    const jobId = await trigger();
    const acceptedMs = performance.now() - startedAt;
    const mine = ({ status: { job } }: Seen) => job !== null && (jobId === null ? job.id !== before : job.id === jobId);
    const begun = await first(mine);
    const ended = await first((entry) => mine(entry) && ['completed', 'failed'].includes(entry.status.job!.status));
    return {
      clickedAt: performance.timeOrigin + startedAt,
      acceptedMs,
      ms: ended.at - startedAt,
      firstProgressMs: begun.at - startedAt,
      job: ended.status.job!,
    };
  };

  await first(() => true);
  return {
    ...account,
    connect: (password) =>
      measured(async () => {
        await account.call('PUT', '/user/credentials', { username, password });
        return null;
      }),
    sync: () => measured(async () => (await account.call<{ job_id: string }>('POST', '/user/sync')).job_id),
    close: () => subscription.abort(),
  };
}

async function call<Body>(base: string, method: string, path: string, body?: unknown, token?: string): Promise<Body> {
  const response = await fetch(`${base}/api/v1${path}`, {
    method,
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return (response.status === 204 ? undefined : await response.json()) as Body;
}

/** Reads the status subscription until it is aborted. */
async function follow(
  base: string,
  token: string,
  signal: AbortSignal,
  take: (status: StatusView) => void,
): Promise<void> {
  const response = await fetch(subscriptionUrl(base), {
    headers: { authorization: `Bearer ${token}`, accept: 'text/event-stream' },
    signal,
  });
  if (!response.ok || !response.body) throw new Error(`the subscription was refused: ${response.status}`);
  let rest = '';
  try {
    for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
      const events = (rest + chunk).split('\n\n');
      rest = events.pop()!;
      for (const event of events) {
        const data = /^data: ?(.*)$/m.exec(event)?.[1];
        const status = data && data.includes('"state"') ? (JSON.parse(data) as StatusView) : null;
        if (status) take(status);
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

export const subscriptionUrl = (base: string): string => `${base}/api/trpc/sync.onStatus?input=%7B%7D`;
