/** Errors of other parts that a caller may know of, told as ours. */
import { TemporalUnavailableError } from '#platform/errors.ts';
import { failureText, isFailureKind } from '#domain/failure-kinds.ts';
import { SyncRefusedError } from '#temporal/client.ts';
import { BadCursorError } from '#db/cursor.ts';
import { isDatabaseAway, isDatabaseBusy } from '#db/database-away.ts';
import { NoSuchUserError } from '#db/queries/portal-accounts.ts';
import { ApiError } from './errors.ts';
import type { ApiErrorCode } from './errors.ts';

const refusals: Partial<Record<ApiErrorCode, string>> = {
  no_credentials: 'Connect your Gibney account first.',
  paused: 'Syncing is paused. Resume it first.',
  other_sync_waits:
    'A dry run and a sync that stores cannot wait together. Ask again once the one that waits has begun.',
};

/** The caller's side of an error: itself where it is ours, else `internal` with nothing of its text. */
export function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof SyncRefusedError) return refusal(error);
  if (error instanceof TemporalUnavailableError) return unavailable(error);
  if (error instanceof BadCursorError) {
    return new ApiError('bad_cursor', 'This cursor is not one of ours. Ask for the first page again.', {
      cause: error,
    });
  }
  if (error instanceof NoSuchUserError) return new ApiError('unauthorized', 'This account no longer exists.');
  if (isDatabaseBusy(error)) {
    return new ApiError('unavailable', 'Too much is asked of us right now. Try again in a few seconds.', {
      retryAfterSeconds: 5,
      cause: error,
    });
  }
  if (isDatabaseAway(error)) {
    return new ApiError('unavailable', 'We cannot reach our data right now. Try again in a few seconds.', {
      retryAfterSeconds: 5,
      cause: error,
    });
  }
  return new ApiError('internal', 'Something went wrong on our side. Try again in a moment.', { cause: error });
}

function refusal(error: SyncRefusedError): ApiError {
  const told = refusals[error.code] ?? (isFailureKind(error.code) ? failureText(error.code) : error.message);
  return new ApiError(error.code, told, { cause: error });
}

function unavailable(cause: TemporalUnavailableError): ApiError {
  return new ApiError('temporal_unavailable', 'The sync service is not answering. Try again in a few seconds.', {
    retryAfterSeconds: 5,
    cause,
  });
}
