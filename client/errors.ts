/** What can go wrong with a call, in kinds that a program can act on. */

export type ErrorKind =
  /** No answer: no network, no such host, nobody listens, or it took too long. */
  | 'unreachable'
  /** Something answers at this address, but no gibney-sync. */
  | 'not_ours'
  /** No key, or one that is no longer valid. */
  | 'signed_out'
  /** The key lacks a scope. */
  | 'forbidden'
  | 'not_found'
  /** The input is not valid; `fields` says where. */
  | 'invalid'
  /** The state does not allow it: no Gibney account, paused, waiting for the dancer. `code` says which. */
  | 'refused'
  /** Too many calls; `retryAfterSeconds` says when to come back. */
  | 'rate_limited'
  /** The service, or a part that the call needs, is away for now. */
  | 'unavailable'
  /** A fault of the service. */
  | 'internal';

export interface ErrorDetails {
  /** The service's own code, such as `no_credentials`; null where it gave no answer. */
  code?: string | null;
  status?: number | null;
  fields?: Record<string, string[]> | null;
  retryAfterSeconds?: number | null;
  /** Where the service is, if the address that was asked leads there. */
  origin?: string | null;
  cause?: unknown;
}

export class GibneySyncError extends Error {
  override readonly name = 'GibneySyncError';
  readonly kind: ErrorKind;
  readonly code: string | null;
  readonly status: number | null;
  readonly fields: Record<string, string[]> | null;
  readonly retryAfterSeconds: number | null;
  /** Where the service is, if the address that was asked leads there. */
  readonly origin: string | null;

  constructor(kind: ErrorKind, message: string, details: ErrorDetails = {}) {
    super(message, { cause: details.cause });
    this.kind = kind;
    this.code = details.code ?? null;
    this.status = details.status ?? null;
    this.fields = details.fields ?? null;
    this.retryAfterSeconds = details.retryAfterSeconds ?? null;
    this.origin = details.origin ?? null;
  }

  /** Whether the same call may work later, without anybody doing anything. */
  get isPassing(): boolean {
    return ['unreachable', 'rate_limited', 'unavailable', 'internal'].includes(this.kind);
  }
}

/** The error of ours behind anything that was thrown, also by tRPC's client; null where there is none. */
export function errorOf(thrown: unknown): GibneySyncError | null {
  for (let error = thrown; error instanceof Error; error = error.cause)
    if (error instanceof GibneySyncError) return error;
  return null;
}

/** Reads the error from an answer of REST (`problem+json`) or of tRPC. */
export async function errorOfAnswer(response: Response): Promise<GibneySyncError> {
  const { status, url } = response;
  const retryAfterSeconds = retryAfterOf(response);
  const said = saidIn(await response.text().catch(() => ''));
  if (said) {
    const { message, code, fields } = said;
    return new GibneySyncError(kindOf(status), message, { status, code, fields, retryAfterSeconds });
  }
  // What stands before the service may answer in its place, and its pages say nothing of use.
  if (status === 429 || status >= 500) {
    const message = status === 429 ? 'Too many requests.' : `The service is not available (HTTP ${status}).`;
    return new GibneySyncError(status === 429 ? 'rate_limited' : 'unavailable', message, { status, retryAfterSeconds });
  }
  return notOurs(url, status);
}

/** Something at the address leads elsewhere. Where it is the same call at another origin, that one is the service's. */
export function movedTo(asked: string, location: string | null): GibneySyncError {
  const to = location !== null && URL.canParse(location, asked) ? new URL(location, asked) : null;
  const [from, { pathname }] = [originOf(asked), new URL(asked)];
  if (!to)
    return new GibneySyncError('not_ours', `${from} redirects elsewhere, so it is not the address of gibney-sync.`);
  if (to.origin !== from && to.pathname === pathname)
    return new GibneySyncError('not_ours', `${from} redirects to ${to.origin}. Use that address.`, {
      origin: to.origin,
    });
  const message = `${from} redirects to ${to.origin}${to.pathname}, so what answers there is not gibney-sync.`;
  return new GibneySyncError('not_ours', message);
}

export function notOurs(url: string, status: number): GibneySyncError {
  const message = `What answers at ${originOf(url)} is not gibney-sync (HTTP ${status}).`;
  return new GibneySyncError('not_ours', message, { status });
}

function kindOf(status: number): ErrorKind {
  if (status === 401) return 'signed_out';
  if (status === 403) return 'forbidden';
  if (status === 404 || status === 410) return 'not_found';
  if (status === 409) return 'refused';
  if (status === 429) return 'rate_limited';
  if (status === 503) return 'unavailable';
  return status >= 500 ? 'internal' : 'invalid';
}

interface Said {
  message: string;
  code: string;
  fields: Record<string, string[]> | null;
}

interface TrpcFailure {
  error?: { message?: string; data?: { reason?: string; fields?: Said['fields'] } };
}

function saidIn(text: string): Said | null {
  try {
    const body = JSON.parse(text) as { detail?: string; code?: string; errors?: Said['fields'] } & TrpcFailure;
    const { error } = (Array.isArray(body) ? body[0] : body) as TrpcFailure;
    const code = body.code ?? error?.data?.reason;
    const message = body.detail ?? error?.message;
    return code && message ? { code, message, fields: body.errors ?? error?.data?.fields ?? null } : null;
  } catch {
    return null; // not JSON, so not one of our answers
  }
}

function retryAfterOf({ headers }: Response): number | null {
  const seconds = Number(headers.get('retry-after') ?? NaN);
  return Number.isFinite(seconds) ? seconds : null;
}

function originOf(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : url;
}
