/** The browser's way to the API: requests in batches, subscriptions over SSE. */
import { createTRPCClient, httpBatchLink, httpSubscriptionLink, splitLink, TRPCClientError } from '@trpc/client';
import type { TRPCClient } from '@trpc/client';
import type { ApiErrorData } from '#lib/server/errors.ts';
import type { AppRouter } from '../server/trpc/router.ts';

export type Api = TRPCClient<AppRouter>;

/** A client of its own for each caller; one a page is enough. `origin` is only needed outside a browser. */
export function createApi(origin = ''): Api {
  const url = `${origin}/api/trpc`;
  return createTRPCClient<AppRouter>({
    links: [
      splitLink({
        condition: (op) => op.type === 'subscription',
        true: httpSubscriptionLink({ url }),
        false: httpBatchLink({ url, maxURLLength: 8000, maxItems: 20 }),
      }),
    ],
  });
}

/** What the server says of an error, or null where the answer did not come from it (offline, aborted). */
export function apiErrorOf(error: unknown): (ApiErrorData & { message: string }) | null {
  if (!(error instanceof TRPCClientError) || !error.data) return null;
  return { ...(error.data as ApiErrorData), message: error.message };
}
