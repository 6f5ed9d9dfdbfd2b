/** Errors as `application/problem+json` (RFC 9457). */
import { z } from 'zod';
import { errorKinds } from '../errors.ts';
import type { ApiError } from '../errors.ts';

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

export function problemResponse(error: ApiError, headers: Record<string, string> = {}): Response {
  const told = new Headers({ 'content-type': problemType, 'cache-control': 'no-store', ...headers });
  if (error.retryAfterSeconds !== null) told.set('retry-after', String(error.retryAfterSeconds));
  if (error.status === 401) told.set('www-authenticate', 'Bearer realm="gibney-sync"');
  return new Response(JSON.stringify(problemOf(error)), { status: error.status, headers: told });
}
