/** A person at the REST API of a running service, as a program would be. */
import { randomUUID } from 'node:crypto';

export interface ApiAnswer<Body = Record<string, unknown>> {
  status: number;
  headers: Headers;
  body: Body;
}

export interface JobAnswer {
  id: string;
  status: 'pending' | 'running' | 'completed' | 'failed';
  phase: string;
  progress: string;
  done: number;
  total: number | null;
  bookings_synced: number | null;
  error_code: string | null;
  partial: boolean;
  triggered_manually: boolean;
}

export interface StatusAnswer {
  job: JobAnswer | null;
  state: string;
  live: boolean;
  last_sync_at: string | null;
  next_sync_at: string | null;
}

export interface ApiUser {
  email: string;
  password: string;
  token: string;
  id: string;
  call<Body = Record<string, unknown>>(method: string, path: string, body?: unknown): Promise<ApiAnswer<Body>>;
  status(): Promise<StatusAnswer>;
  /** Polls the status until it fits; the service pushes too, but a program that polls must get the truth as well. */
  statusWhen(fits: (status: StatusAnswer) => boolean, withinMs?: number): Promise<StatusAnswer>;
  /** The end of this job, or of the newest one. */
  finished(jobId?: string, withinMs?: number): Promise<StatusAnswer & { job: JobAnswer }>;
  connect(username: string, password: string): Promise<void>;
  sync(): Promise<string>;
}

export async function callApi<Body>(
  url: string,
  method: string,
  path: string,
  { body, token }: { body?: unknown; token?: string } = {},
): Promise<ApiAnswer<Body>> {
  const response = await fetch(`${url}/api/v1${path}`, {
    method,
    headers: {
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(token && { authorization: `Bearer ${token}` }),
    },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: (text ? JSON.parse(text) : {}) as Body };
}

export async function registerUser(url: string): Promise<ApiUser> {
  const account = { email: `dancer-${randomUUID()}@example.com`, password: 'a-long-enough-password' };
  const { body: registered } = await callApi<{ id: string }>(url, 'POST', '/auth/register', { body: account });
  const { body: signedIn } = await callApi<{ access_token: string }>(url, 'POST', '/auth/token', { body: account });
  const token = signedIn.access_token;
  const call: ApiUser['call'] = (method, path, body) => callApi(url, method, path, { body, token });
  const status = async () => (await call<StatusAnswer>('GET', '/user/sync/status')).body;
  const statusWhen: ApiUser['statusWhen'] = async (fits, withinMs = 60_000) => {
    const deadline = Date.now() + withinMs;
    for (;;) {
      const seen = await status();
      if (fits(seen)) return seen;
      if (Date.now() > deadline) throw new Error(`the status never fitted; last: ${JSON.stringify(seen)}`);
    }
  };
  return {
    ...account,
    token,
    id: registered.id,
    call,
    status,
    statusWhen,
    finished: async (jobId, withinMs) => {
      const isOver = ({ job }: StatusAnswer) =>
        job !== null && ['completed', 'failed'].includes(job.status) && (jobId === undefined || job.id === jobId);
      return (await statusWhen(isOver, withinMs)) as StatusAnswer & { job: JobAnswer };
    },
    async connect(username, password) {
      const saved = await call('PUT', '/user/credentials', { username, password });
      if (saved.status !== 200) throw new Error(`credentials were refused: ${JSON.stringify(saved.body)}`);
    },
    async sync() {
      const asked = await call<{ job_id: string }>('POST', '/user/sync');
      if (asked.status !== 202) throw new Error(`the sync was refused: ${JSON.stringify(asked.body)}`);
      return asked.body.job_id;
    },
  };
}
