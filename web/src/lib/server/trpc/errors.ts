/** From anything thrown to what a tRPC caller may know: a code and a sentence, never a stack. */
import { TRPCError } from '@trpc/server';
import { ZodError } from 'zod';
import { ApiError, errorKinds } from '../errors.ts';
import type { ApiErrorCode, ApiErrorData } from '../errors.ts';
import { asApiError } from '../known-errors.ts';
import { fieldErrors } from '../schemas/field-errors.ts';

const ownReasons: Partial<Record<TRPCError['code'], ApiErrorCode>> = {
  PARSE_ERROR: 'malformed_json',
  NOT_FOUND: 'not_found',
  METHOD_NOT_SUPPORTED: 'method_not_allowed',
  UNSUPPORTED_MEDIA_TYPE: 'unsupported_media_type',
  PAYLOAD_TOO_LARGE: 'payload_too_large',
};

/** The message and data of an error's answer. Unknown errors are `internal`, with nothing of their text. */
export function toTrpcError(error: TRPCError): { message: string; data: ApiErrorData } {
  const known = knownError(error);
  const kind = errorKinds[known.reason];
  return {
    message: known.message,
    data: {
      code: kind.trpc,
      httpStatus: kind.status,
      reason: known.reason,
      fields: known.fields,
      retryAfterSeconds: known.retryAfterSeconds,
    },
  };
}

/** The caller's side of an error; `internal` where it is none of the caller's business. */
export function knownError(error: unknown): ApiError {
  if (!(error instanceof TRPCError)) return asApiError(error);
  if (error.cause instanceof ApiError) return error.cause;
  if (error.code === 'BAD_REQUEST') return inputError(error.cause);
  const own = ownReasons[error.code];
  if (own) return new ApiError(own, `${errorKinds[own].title}.`);
  return asApiError(error.cause ?? error);
}

/** What tRPC could not read or take, and what its parser said about it. */
function inputError(cause: unknown): ApiError {
  if (cause instanceof ZodError)
    return new ApiError('validation_failed', 'Some fields are not valid.', { fields: fieldErrors(cause) });
  if (cause instanceof SyntaxError) return new ApiError('malformed_json', 'The input is not valid JSON.', { cause });
  if ((cause as { status?: unknown } | undefined)?.status === 413)
    return new ApiError('payload_too_large', 'The body is too large.', { cause });
  return new ApiError('bad_request', 'The request cannot be understood. Look at its batch and its input.', { cause });
}

export function trpcErrorOf(known: ApiError): TRPCError {
  return new TRPCError({ code: errorKinds[known.reason].trpc, message: known.message, cause: known });
}
