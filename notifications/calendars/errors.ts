import type { CalendarFailureCode } from '#domain/calendar-failures.ts';

/** The calendar cannot be written for now. The message is for operators and holds neither an address nor what a server said. */
export class CalendarError extends Error {
  override name = 'CalendarError';
  readonly code: CalendarFailureCode;
  /** The server said how long to wait. */
  readonly retryAfterMs: number | undefined;

  constructor(
    code: CalendarFailureCode,
    options: { status?: number; retryAfterMs?: number | undefined; cause?: unknown } = {},
  ) {
    super(options.status ? `${code} (${options.status})` : code, { cause: options.cause });
    this.code = code;
    this.retryAfterMs = options.retryAfterMs;
  }
}
