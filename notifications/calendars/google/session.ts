/**
 * Requests to Google for one account, by Google's library over our own checked client: it neither retries by itself nor
 * keeps what it was told. The access token lives only here, for as long as the session does.
 */
import { auth, calendar, type calendar_v3 } from '@googleapis/calendar';
import type { GoogleApp } from '#platform/google.ts';
import { createOutbound, OutboundError, type OutboundAllow, type OutboundLimits } from '#platform/outbound.ts';
import { CalendarError, refuseBusy, retryAfterOf, unanswered } from '../errors.ts';

export interface GoogleOptions {
  app: GoogleApp;
  allow: OutboundAllow;
  signal?: AbortSignal;
  limits?: Partial<OutboundLimits>;
}

export type GoogleClient = InstanceType<typeof auth.OAuth2>;

/** An answer that the caller has to judge: neither busy, nor refused because of who we are. */
export interface GoogleAnswer<Data> {
  status: number;
  data: Data;
  isOk: boolean;
}

export interface GoogleSession {
  client: GoogleClient;
  api: calendar_v3.Calendar;
  /** @param judges403 the caller judges that, too. Throws {@link CalendarError}. */
  ask<Data>(request: () => Promise<GoogleReply<Data>>, judges403?: boolean): Promise<GoogleAnswer<Data>>;
  /** Ends all access that this token gave. One that is already over is just as good. Throws {@link CalendarError}. */
  revoke(token: string): Promise<void>;
  close(): void;
}

interface GoogleReply<Data> {
  status?: number;
  data: Data;
  headers?: unknown;
}

/** How many requests each connection to Google may carry at the same time; more of them meet its quota sooner. */
export const googleAtOnce = 4;

/** @param redirectUri where people come back to, for callers that ask them */
export function openGoogleSession(options: GoogleOptions, redirectUri?: string): GoogleSession {
  const { app, allow, signal, limits } = options;
  const outbound = createOutbound(allow, { connections: googleAtOnce, ...limits });
  const { consent: oauth2AuthBaseUrl, token: oauth2TokenUrl, revoke: oauth2RevokeUrl, api: rootUrl } = app.endpoints;

  const send: typeof fetch = async (target, init = {}) => {
    const url = target instanceof Request ? target.url : target;
    const headers = Object.fromEntries(new Headers(init.headers));
    const body = init.body === null || init.body === undefined ? {} : { body: textOf(init.body) };
    try {
      return await outbound.request(url, { method: init.method ?? 'GET', headers, ...body, ...(signal && { signal }) });
    } catch (error) {
      throw error instanceof OutboundError ? unanswered(error) : error;
    }
  };

  const client = new auth.OAuth2({
    clientId: app.clientId,
    clientSecret: app.clientSecret,
    ...(redirectUri && { redirectUri }),
    endpoints: { oauth2AuthBaseUrl, oauth2TokenUrl, oauth2RevokeUrl },
    // Temporal retries what may fail.
    transporterOptions: { fetchImplementation: send, retryConfig: { retry: 0, noResponseRetries: 0 } },
    forceRefreshOnFailure: true,
    // The environment can tell the library to log what it sends, tokens included.
    useAuthRequestParameters: false,
  });
  const validateStatus = (status: number) => status !== 401;
  const api = calendar({ version: 'v3', auth: client, rootUrl, retry: false, validateStatus });

  /** Access that was taken back does not return within a session, and requests beside this one need not ask for it. */
  let revoked: CalendarError | null = null;

  return {
    client,
    api,
    async ask(request, judges403 = false) {
      if (revoked) throw revoked;
      try {
        return judged(await request(), judges403);
      } catch (error) {
        signal?.throwIfAborted();
        const failure = failureOf(error);
        if (failure instanceof CalendarError && failure.code === 'access_revoked') revoked = failure;
        throw failure;
      }
    },
    async revoke(token) {
      // In the body: the library's own function puts it into the address.
      const answer = await send(oauth2RevokeUrl, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ token }),
      });
      refuseBusy(answer);
    },
    close: () => outbound.close(),
  };
}

function textOf(body: BodyInit): string {
  if (typeof body === 'string') return body;
  if (body instanceof URLSearchParams) return body.toString();
  throw new TypeError('a request to Google has a body of text');
}

function judged<Data>({ status = 0, data, headers }: GoogleReply<Data>, judges403: boolean): GoogleAnswer<Data> {
  const answer = { status, headers: headers instanceof Headers ? headers : new Headers(headers as HeadersInit) };
  refuseBusy(answer);
  const refusal = status === 403 ? forbidden(reasonsIn(data), answer.headers) : null;
  if (refusal && !(judges403 && refusal.code === 'not_allowed')) throw refusal;
  return { status, data, isOk: status >= 200 && status < 300 };
}

function forbidden(reasons: string[], headers: Headers): CalendarError {
  const is = (pattern: RegExp) => reasons.some((reason) => pattern.test(reason));
  const status = 403;
  if (is(/limit_?exceeded$|quota_?exceeded$|^quota/i))
    return new CalendarError('rate_limited', { status, retryAfterMs: retryAfterOf(headers) });
  if (is(/insufficient.?permissions|scope.?insufficient/i)) return new CalendarError('access_revoked', { status });
  // The API is not turned on in the operator's project.
  if (is(/accessnotconfigured|service.?disabled/i)) return new CalendarError('internal', { status });
  return new CalendarError('not_allowed', { status });
}

/** From an error as Google's APIs write it, old and new. */
function reasonsIn(data: unknown): string[] {
  const { error } = (data ?? {}) as { error?: { errors?: { reason?: unknown }[]; details?: { reason?: unknown }[] } };
  const all = [...(error?.errors ?? []), ...(error?.details ?? [])];
  return all.flatMap(({ reason }) => (typeof reason === 'string' ? [reason] : []));
}

interface LibraryError {
  cause?: unknown;
  response?: { status?: number; data?: unknown; headers?: unknown };
}

/**
 * What the library throws: there was no answer, the token endpoint refused, or an answer said 401 even with a fresh token.
 * Its error holds requests with their secrets, so nothing of it is kept.
 */
export function failureOf(error: unknown): unknown {
  if (error instanceof CalendarError) return error;
  const { cause, response } = error as LibraryError;
  if (cause instanceof CalendarError) return cause;
  if (!response?.status) return error;
  const { status, data } = response;
  if (status === 429 || status >= 500) {
    const { headers } = response;
    const known = headers instanceof Headers ? headers : new Headers();
    return new CalendarError(status === 429 ? 'rate_limited' : 'server_unavailable', {
      status,
      retryAfterMs: retryAfterOf(known),
    });
  }
  const said = (data as { error?: unknown } | undefined)?.error;
  if (status === 401 && typeof said !== 'string') return new CalendarError('access_revoked', { status });
  if (said === 'invalid_grant') return new CalendarError('access_revoked', { status });
  // Such as `invalid_client`: the operator's credentials are not what Google knows.
  return new CalendarError('internal', { status });
}
