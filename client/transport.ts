/** One way to the service for REST and tRPC alike: with the key, within a time, and every failure as a `GibneySyncError`. */
import { errorOfAnswer, GibneySyncError, movedTo, notOurs } from './errors.ts';

export interface ConnectOptions {
  /** Where the service is, such as `https://sync.example.com`. */
  url: string;
  /** An API key, or a token of `POST /api/v1/auth/token`. Left out: only what needs no sign-in. */
  key?: string;
  /** Sent as `User-Agent`, where the platform allows that. */
  userAgent?: string;
  /** How long an answer may take; 30 s. A live status has no end. */
  timeoutMs?: number;
  fetch?: typeof fetch;
}

export type Transport = (input: Request | URL | string, init?: RequestInit) => Promise<Response>;

/**
 * Throws `GibneySyncError`, also for answers that are not a success, and for those that break off. What the caller aborts rejects
 * as `fetch` does. Redirects are not followed: `fetch` leaves the key away where they lead to another origin, and the service then
 * seems to know no key.
 */
export function connect({ url, key, userAgent, timeoutMs = 30_000, fetch: via = fetch }: ConnectOptions): Transport {
  return async (input, init = {}) => {
    const request = new Request(input, { ...init, redirect: 'manual' });
    if (key) request.headers.set('authorization', `Bearer ${key}`);
    if (userAgent) request.headers.set('user-agent', userAgent);
    const isStream = request.headers.get('accept') === 'text/event-stream';
    const limit = isStream ? [] : [AbortSignal.timeout(timeoutMs)];
    const failed = (error: unknown): never => {
      if (request.signal.aborted) throw error;
      throw unreachable(url, error);
    };
    const response = await via(request, { signal: AbortSignal.any([request.signal, ...limit]) }).catch(failed);
    if (isRedirect(response)) throw movedTo(request.url, response.headers.get('location'));
    if (!response.ok) throw await errorOfAnswer(response);
    const type = response.headers.get('content-type') ?? '';
    if (/^text\/html/.test(type)) throw notOurs(url, response.status);
    if (isStream) return response;
    // Read here, so that no failure of the line is left for who reads it next.
    const bytes = await response.arrayBuffer().catch(failed);
    if (!isFile.test(type) && !isWhole(bytes, response.status)) throw notOurs(url, response.status);
    return new Response(bytes.byteLength > 0 ? bytes : null, response);
  };
}

/** A browser shows neither its status nor where it leads. */
const isRedirect = ({ type, status, headers }: Response): boolean =>
  type === 'opaqueredirect' || (status >= 300 && status < 400 && headers.has('location'));

const isFile = /^(text\/(csv|calendar)|application\/pdf)/;

/** JSON; only where nothing is promised, nothing. */
function isWhole(bytes: ArrayBuffer, status: number): boolean {
  if (bytes.byteLength === 0) return status !== 200;
  try {
    JSON.parse(new TextDecoder().decode(bytes));
    return true;
  } catch {
    return false;
  }
}

const reasons: Record<string, string> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'the name cannot be looked up; is the network up?',
  ECONNRESET: 'the connection was cut',
  UND_ERR_SOCKET: 'the connection was cut',
  Z_BUF_ERROR: 'the connection was cut',
  ETIMEDOUT: 'it does not answer',
  UND_ERR_CONNECT_TIMEOUT: 'it does not answer',
  UND_ERR_HEADERS_TIMEOUT: 'it takes too long to answer',
  UND_ERR_BODY_TIMEOUT: 'it takes too long to answer',
  EHOSTUNREACH: 'there is no way to it',
  ENETUNREACH: 'there is no network',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is self-signed',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
};

function unreachable(url: string, error: unknown): GibneySyncError {
  const code = codeOf(error);
  const isLate = error instanceof DOMException && error.name === 'TimeoutError';
  const reason = isLate ? 'it takes too long to answer' : (reasons[code] ?? code);
  return new GibneySyncError('unreachable', `Cannot reach ${url}${reason ? `: ${reason}` : ''}.`, { cause: error });
}

/** Node hides the code of the system in the cause, or in the causes of several addresses. */
function codeOf(error: unknown): string {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const { code } = cause as { code?: unknown };
    if (typeof code === 'string') return code;
    if (cause instanceof AggregateError && cause.errors.length > 0) return codeOf(cause.errors[0]);
  }
  return '';
}
