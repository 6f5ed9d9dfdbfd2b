/** The browser's way to the API: requests in batches, subscriptions over SSE. */
import { createTRPCClient, httpBatchLink, httpSubscriptionLink, splitLink, TRPCClientError } from '@trpc/client';
import type { TRPCClient } from '@trpc/client';
import { page } from '$app/state';
import type { ApiErrorData } from '#lib/server/errors.ts';
import type { AppRouter } from '../server/trpc/router.ts';

export type Api = TRPCClient<AppRouter>;

/**
 * A client of its own for each caller; one a page is enough. It speaks for the session that the page was made for, and
 * is refused as signed out once the browser belongs to another one.
 */
export function createApi(): Api {
  const mark = page.data.sessionMark;
  const url = mark ? `/api/trpc?session=${mark}` : '/api/trpc';
  return createTRPCClient<AppRouter>({
    links: [
      splitLink({
        condition: (op) => op.type === 'subscription',
        true: httpSubscriptionLink({ url }),
        false: httpBatchLink({ url, maxURLLength: 8000, maxItems: 20, fetch: fetchAnswer }),
      }),
    ],
  });
}

/** What the server says of an error, or null where the answer did not come from it (offline, aborted). */
export function apiErrorOf(error: unknown): (ApiErrorData & { message: string }) | null {
  if (!(error instanceof TRPCClientError) || !error.data) return null;
  return { ...(error.data as ApiErrorData), message: error.message };
}

/** When to come again, as the server or whatever stands in front of it says; null where it does not. */
export function retryAfterSecondsOf(error: unknown): number | null {
  const cause = error instanceof TRPCClientError ? error.cause : undefined;
  return cause instanceof NotAnsweredError ? cause.retryAfterSeconds : (apiErrorOf(error)?.retryAfterSeconds ?? null);
}

/** The answer is none of a procedure: a proxy's page, or a refusal before any call was looked at. */
class NotAnsweredError extends Error {
  readonly retryAfterSeconds: number | null;

  constructor({ status, headers }: Response) {
    super(`the server answered ${status} for all calls`);
    const wish = headers.get('retry-after') ?? '';
    const seconds = /^\d+$/.test(wish) ? Number(wish) : (Date.parse(wish) - Date.now()) / 1000;
    this.retryAfterSeconds = Number.isNaN(seconds) ? null : Math.max(0, seconds);
  }
}

/** The type is the fetch that tRPC asks for; it is called with what the browser's takes. */
async function fetchAnswer(input: RequestInfo | URL | string, init?: unknown): Promise<Response> {
  const response = await fetch(input, init as RequestInit);
  if (response.headers.get('content-type')?.startsWith('application/json')) return response;
  throw new NotAnsweredError(response);
}
