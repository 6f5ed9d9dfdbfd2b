/**
 * Requests to one calendar account. The password goes to hosts that it belongs to and to no other, whatever a server says
 * or a redirect wants; one connection, one request at a time.
 */
import type { CalendarFailureCode } from '#domain/calendar-failures.ts';
import { mayHavePassword } from '#domain/calendar-presets.ts';
import { createOutbound, OutboundError } from '#platform/outbound.ts';
import type { OutboundAllow, OutboundLimits, OutboundReason } from '#platform/outbound.ts';
import { CalendarError } from './errors.ts';

export interface DavLogin {
  /** As the person gave it. */
  url: string;
  username: string;
  password: string;
}

export interface DavSession {
  /**
   * Follows redirects among the account's own hosts. `url` of the answer is where it came from. Throws
   * {@link CalendarError} for 401, 429, 5xx and whatever is no answer; what else it means is for the caller.
   */
  fetch(url: string | URL, init?: RequestInit): Promise<Response>;
  close(): void;
}

export interface SessionOptions {
  allow: OutboundAllow;
  signal?: AbortSignal;
  limits?: Partial<OutboundLimits>;
}

const mostRedirects = 5;
const redirects = new Set([301, 302, 303, 307, 308]);

export function openDavSession(login: DavLogin, { allow, signal, limits }: SessionOptions): DavSession {
  const outbound = createOutbound(allow, { connections: 1, ...limits });
  const given = new URL(login.url);
  const authorization = `Basic ${Buffer.from(`${login.username}:${login.password}`).toString('base64')}`;

  async function ask(url: URL, init: RequestInit): Promise<Response> {
    if (!mayHavePassword(given, url)) throw new CalendarError('redirected');
    const headers = { ...Object.fromEntries(new Headers(init.headers)), 'user-agent': 'gibney-sync', authorization };
    const body = typeof init.body === 'string' ? { body: init.body } : {};
    try {
      return await outbound.request(url, { method: init.method ?? 'GET', headers, ...body, ...(signal && { signal }) });
    } catch (error) {
      throw error instanceof OutboundError ? new CalendarError(codeOf[error.reason], { cause: error }) : error;
    }
  }

  return {
    async fetch(target, init = {}) {
      let url = new URL(target);
      for (let steps = 0; steps <= mostRedirects; steps += 1) {
        const answer = await ask(url, init);
        const location = redirects.has(answer.status) ? answer.headers.get('location') : null;
        if (location === null || !URL.canParse(location, url.href)) return checked(answer, url);
        url = new URL(location, url);
      }
      throw new CalendarError('redirected');
    },
    close: () => outbound.close(),
  };
}

const codeOf: Record<OutboundReason, CalendarFailureCode> = {
  address_refused: 'address_refused',
  insecure: 'address_refused',
  bad_certificate: 'bad_certificate',
  timed_out: 'server_unavailable',
  too_large: 'server_unavailable',
  unreachable: 'server_unavailable',
};

function checked(answer: Response, url: URL): Response {
  const { status } = answer;
  const retryAfterMs = retryAfterOf(answer);
  if (status === 401) throw new CalendarError('credentials_refused', { status });
  if (status === 429) throw new CalendarError('rate_limited', { status, retryAfterMs });
  if (status === 507) throw new CalendarError('calendar_full', { status });
  if (status >= 500 || status < 200) throw new CalendarError('server_unavailable', { status, retryAfterMs });
  return Object.defineProperty(answer, 'url', { value: url.href });
}

const longestWaitMs = 6 * 3_600_000;

/** Seconds, or a date. */
function retryAfterOf({ headers }: Response): number | undefined {
  const given = headers.get('retry-after')?.trim();
  if (!given) return undefined;
  const ms = /^\d+$/.test(given) ? Number(given) * 1_000 : Date.parse(given) - Date.now();
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 1_000), longestWaitMs) : undefined;
}
