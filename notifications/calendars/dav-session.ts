/**
 * Requests to one calendar account. The password, or what proves it, goes to hosts that it belongs to and to no other, whatever a
 * server says or a redirect wants; one connection, one request at a time.
 */
import { mayHavePassword } from '#domain/calendar-presets.ts';
import { createOutbound, OutboundError } from '#platform/outbound.ts';
import type { OutboundAllow, OutboundLimits } from '#platform/outbound.ts';
import { createDigest, digestChallenge } from './digest-sign-in.ts';
import { CalendarError, refuseBusy, unanswered } from './errors.ts';

export interface DavLogin {
  /** As the person gave it. */
  url: string;
  username: string;
  password: string;
}

export interface DavSession {
  /**
   * Follows redirects among the account's own hosts. `url` of the answer is where it came from. Throws
   * {@link CalendarError} for 401, 429, 5xx and no answer at all; what anything else means is up to the caller.
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
  const basic = `Basic ${Buffer.from(`${login.username}:${login.password}`).toString('base64')}`;
  /** By origin, where it does not take Basic. */
  const digests = new Map<string, { nonce: string; answer: (method: string, url: URL) => string }>();

  async function send(url: URL, init: RequestInit): Promise<Response> {
    const { method = 'GET' } = init;
    const authorization = digests.get(url.origin)?.answer(method, url) ?? basic;
    const headers = { ...Object.fromEntries(new Headers(init.headers)), 'user-agent': 'gibney-sync', authorization };
    const body = typeof init.body === 'string' ? { body: init.body } : {};
    try {
      return await outbound.request(url, { method, headers, ...body, ...(signal && { signal }) });
    } catch (error) {
      throw error instanceof OutboundError ? unanswered(error) : error;
    }
  }

  async function ask(url: URL, init: RequestInit): Promise<Response> {
    if (!mayHavePassword(given, url)) throw new CalendarError('redirected');
    const answer = await send(url, init);
    const challenge = answer.status === 401 ? digestChallenge(answer.headers.get('www-authenticate')) : null;
    // The same question again means that the answer was wrong.
    if (!challenge || (!challenge.isStale && challenge.nonce === digests.get(url.origin)?.nonce)) return answer;
    digests.set(url.origin, { nonce: challenge.nonce, answer: createDigest(challenge, login) });
    return send(url, init);
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

function checked(answer: Response, url: URL): Response {
  const { status } = answer;
  if (status === 401) throw new CalendarError('credentials_refused', { status });
  refuseBusy(answer);
  return Object.defineProperty(answer, 'url', { value: url.href });
}
