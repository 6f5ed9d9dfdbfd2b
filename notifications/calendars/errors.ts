import type { CalendarFailureCode } from '#domain/calendar-failures.ts';
import type { OutboundError, OutboundReason } from '#platform/outbound.ts';

/** The calendar cannot be written for now. The message is for operators and holds neither an address nor what a server said. */
export class CalendarError extends Error {
  override name = 'CalendarError';
  readonly code: CalendarFailureCode;
  /** Of the answer, where there was one. */
  readonly status: number | undefined;
  /** The server said how long to wait. */
  readonly retryAfterMs: number | undefined;

  constructor(
    code: CalendarFailureCode,
    options: { status?: number; retryAfterMs?: number | undefined; cause?: unknown } = {},
  ) {
    super(options.status ? `${code} (${options.status})` : code, { cause: options.cause });
    this.code = code;
    this.status = options.status;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** Said in front of all that a server has, by itself or by a proxy. */
const ofTheServer = new Set([502, 503, 504]);

/** Whether another event may meet with a better answer. */
export function mayBeTheEvents(error: unknown): error is CalendarError {
  if (!(error instanceof CalendarError) || error.code !== 'server_unavailable') return false;
  return error.status !== undefined && error.retryAfterMs === undefined && !ofTheServer.has(error.status);
}

const codeOf: Record<OutboundReason, CalendarFailureCode> = {
  address_refused: 'address_refused',
  insecure: 'address_refused',
  bad_certificate: 'bad_certificate',
  timed_out: 'server_unavailable',
  too_large: 'server_unavailable',
  unreachable: 'server_unavailable',
};

/** There was no answer. */
export function unanswered(error: OutboundError): CalendarError {
  return new CalendarError(codeOf[error.reason], { cause: error });
}

/** Answers that mean the same whoever gives them. Throws {@link CalendarError}. */
export function refuseBusy({ status, headers }: Pick<Response, 'status' | 'headers'>): void {
  const retryAfterMs = retryAfterOf(headers);
  if (status === 429) throw new CalendarError('rate_limited', { status, retryAfterMs });
  if (status === 507) throw new CalendarError('calendar_full', { status });
  if (status >= 500 || status < 200) throw new CalendarError('server_unavailable', { status, retryAfterMs });
}

const longestWaitMs = 6 * 3_600_000;

/** Seconds, or a date. */
export function retryAfterOf(headers: Headers): number | undefined {
  const given = headers.get('retry-after')?.trim();
  if (!given) return undefined;
  const ms = /^\d+$/.test(given) ? Number(given) * 1_000 : Date.parse(given) - Date.now();
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 1_000), longestWaitMs) : undefined;
}
