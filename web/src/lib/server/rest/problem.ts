/** Errors as `application/problem+json` (RFC 9457). */
import { z } from 'zod';
import { errorKinds } from '../errors.ts';
import type { ApiError } from '../errors.ts';
import type { HttpAnswer } from '../http/exchange.ts';

export const problemType = 'application/problem+json';

export const problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string().meta({ description: 'What happened and what to do.' }),
    code: z.string(),
    errors: z.record(z.string(), z.array(z.string())).optional().meta({ description: 'What is wrong, by field.' }),
  })
  .meta({ id: 'Problem' });

export type Problem = z.output<typeof problem>;

export function problemOf(error: ApiError): Problem {
  const { status, title } = errorKinds[error.reason];
  return {
    type: `/api/docs#${error.reason}`,
    title,
    status,
    detail: error.message,
    code: error.reason,
    ...(error.fields && { errors: error.fields }),
  };
}

export function problemAnswer(error: ApiError, headers: Record<string, string> = {}): HttpAnswer {
  return {
    status: error.status,
    headers: {
      'content-type': problemType,
      'cache-control': 'no-store',
      ...headers,
      ...(error.retryAfterSeconds !== null && { 'retry-after': String(error.retryAfterSeconds) }),
      ...(error.status === 401 && { 'www-authenticate': 'Bearer realm="gibney-sync"' }),
    },
    body: JSON.stringify(problemOf(error)),
  };
}
