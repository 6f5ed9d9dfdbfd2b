/** The errors that people and programs see. One table decides their status, tRPC code and title. */
import type { TRPC_ERROR_CODE_KEY } from '@trpc/server';
import type { RefusalCode } from '#domain/sync-client.ts';

interface ErrorKind {
  status: number;
  trpc: TRPC_ERROR_CODE_KEY;
  title: string;
}

/** By the code that tRPC has as `error.data.reason` and REST as `code`. */
export const errorKinds = {
  bad_request: { status: 400, trpc: 'BAD_REQUEST', title: 'The request cannot be understood' },
  malformed_json: { status: 400, trpc: 'PARSE_ERROR', title: 'The body is not valid JSON' },
  bad_cursor: { status: 400, trpc: 'BAD_REQUEST', title: 'The cursor is not one of ours' },
  validation_failed: { status: 422, trpc: 'UNPROCESSABLE_CONTENT', title: 'Some fields are not valid' },
  unauthorized: { status: 401, trpc: 'UNAUTHORIZED', title: 'Sign in first' },
  invalid_login: { status: 401, trpc: 'UNAUTHORIZED', title: 'E-mail or password is wrong' },
  second_factor_required: { status: 401, trpc: 'UNAUTHORIZED', title: 'A code is asked for too' },
  invalid_code: { status: 401, trpc: 'UNAUTHORIZED', title: 'The code is wrong' },
  forbidden_origin: { status: 403, trpc: 'FORBIDDEN', title: 'The request comes from another site' },
  insufficient_scope: { status: 403, trpc: 'FORBIDDEN', title: 'This key may not do that' },
  operators_only: { status: 403, trpc: 'FORBIDDEN', title: 'Only operators may do this' },
  owners_only: { status: 403, trpc: 'FORBIDDEN', title: 'Only the group’s owner may do this' },
  wrong_account: { status: 403, trpc: 'FORBIDDEN', title: 'The invitation is for another address' },
  email_unconfirmed: { status: 403, trpc: 'FORBIDDEN', title: 'Confirm your e-mail address first' },
  /** The names of RFC 8628. */
  authorization_pending: { status: 400, trpc: 'BAD_REQUEST', title: 'The code is not confirmed yet' },
  slow_down: { status: 400, trpc: 'BAD_REQUEST', title: 'Asked too often' },
  access_denied: { status: 400, trpc: 'BAD_REQUEST', title: 'The sign-in was refused' },
  expired_token: { status: 400, trpc: 'BAD_REQUEST', title: 'The code is too old' },
  wrong_password: { status: 403, trpc: 'FORBIDDEN', title: 'The password is wrong' },
  invalid_link: { status: 410, trpc: 'BAD_REQUEST', title: 'This link is no longer valid' },
  not_found: { status: 404, trpc: 'NOT_FOUND', title: 'There is no such thing here' },
  method_not_allowed: { status: 405, trpc: 'METHOD_NOT_SUPPORTED', title: 'This method is not supported here' },
  email_taken: { status: 409, trpc: 'CONFLICT', title: 'This e-mail has an account already' },
  no_credentials: { status: 409, trpc: 'CONFLICT', title: 'No Gibney account is connected' },
  invalid_credentials: { status: 409, trpc: 'CONFLICT', title: 'Gibney did not accept the sign-in' },
  account_locked: { status: 409, trpc: 'CONFLICT', title: 'Gibney has locked the account' },
  verification_required: { status: 409, trpc: 'CONFLICT', title: 'Gibney asks for a verification code' },
  action_required: { status: 409, trpc: 'CONFLICT', title: 'Gibney wants something from the dancer first' },
  paused: { status: 409, trpc: 'CONFLICT', title: 'Syncing is paused' },
  not_under_way: { status: 409, trpc: 'CONFLICT', title: 'This sync has ended' },
  other_sync_waits: { status: 409, trpc: 'CONFLICT', title: 'A sync of another kind is waiting' },
  payload_too_large: { status: 413, trpc: 'PAYLOAD_TOO_LARGE', title: 'The body is too large' },
  unsupported_media_type: { status: 415, trpc: 'UNSUPPORTED_MEDIA_TYPE', title: 'Send JSON' },
  rate_limited: { status: 429, trpc: 'TOO_MANY_REQUESTS', title: 'Too many requests' },
  credentials_refused: {
    status: 422,
    trpc: 'UNPROCESSABLE_CONTENT',
    title: 'The calendar did not accept the app password',
  },
  not_allowed: { status: 422, trpc: 'UNPROCESSABLE_CONTENT', title: 'The calendar does not let us write there' },
  calendar_gone: { status: 422, trpc: 'UNPROCESSABLE_CONTENT', title: 'There is no such calendar in the account' },
  server_unavailable: { status: 422, trpc: 'UNPROCESSABLE_CONTENT', title: 'The calendar server does not answer' },
  bad_certificate: {
    status: 422,
    trpc: 'UNPROCESSABLE_CONTENT',
    title: 'The calendar server’s certificate is not valid',
  },
  redirected: { status: 422, trpc: 'UNPROCESSABLE_CONTENT', title: 'The calendar server is at another address' },
  address_refused: { status: 422, trpc: 'UNPROCESSABLE_CONTENT', title: 'We cannot reach calendars at this address' },
  not_a_calendar_server: {
    status: 422,
    trpc: 'UNPROCESSABLE_CONTENT',
    title: 'There is no calendar server at this address',
  },
  temporal_unavailable: { status: 503, trpc: 'SERVICE_UNAVAILABLE', title: 'The sync service is not answering' },
  unavailable: { status: 503, trpc: 'SERVICE_UNAVAILABLE', title: 'The service is not complete right now' },
  internal: { status: 500, trpc: 'INTERNAL_SERVER_ERROR', title: 'Something went wrong on our side' },
} as const satisfies Record<string, ErrorKind> & Record<RefusalCode, ErrorKind>;

export type ApiErrorCode = keyof typeof errorKinds;

/** Errors of single fields: the field's name (a path joined by dots) and what is wrong with it. */
export type FieldErrors = Record<string, string[]>;

/** What tRPC errors carry in `error.data`. */
export interface ApiErrorData {
  /** tRPC's own code, such as `NOT_FOUND`. */
  code: string;
  httpStatus: number;
  /** Our code. */
  reason: ApiErrorCode;
  fields: FieldErrors | null;
  retryAfterSeconds: number | null;
}

export interface ApiErrorOptions {
  fields?: FieldErrors;
  /** Whole seconds after which another try makes sense. */
  retryAfterSeconds?: number;
  cause?: unknown;
}

/** An error that is meant for the caller: its message is a sentence that says what happened and what to do. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly reason: ApiErrorCode;
  readonly fields: FieldErrors | null;
  readonly retryAfterSeconds: number | null;

  constructor(reason: ApiErrorCode, message: string, options: ApiErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.reason = reason;
    this.fields = options.fields ?? null;
    this.retryAfterSeconds = options.retryAfterSeconds ?? null;
  }

  get status(): number {
    return errorKinds[this.reason].status;
  }
}

export function notFound(what: string, id: string): ApiError {
  return new ApiError('not_found', `There is no ${what} ${id}.`);
}
