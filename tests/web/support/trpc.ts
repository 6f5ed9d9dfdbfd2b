import { createTRPCClient, httpLink, httpSubscriptionLink, splitLink } from '@trpc/client';
import type { TRPCClient } from '@trpc/client';
import { EventSource } from 'eventsource';
import type { StatusView } from '#domain/shapes/sync.ts';
import type { AppRouter } from '#lib/server/trpc/router.ts';

/** A client as other tools have it: with a token. */
export function trpcClient(origin: string, token?: string): TRPCClient<AppRouter> {
  const url = `${origin}/api/trpc`;
  const headers: Record<string, string> = token ? { authorization: `Bearer ${token}` } : {};
  return createTRPCClient<AppRouter>({
    links: [
      splitLink({
        condition: ({ type }) => type === 'subscription',
        true: httpSubscriptionLink({
          url,
          EventSource,
          eventSourceOptions: {
            fetch: (input: string | URL | Request, init: RequestInit) =>
              fetch(input, { ...init, headers: { ...init.headers, ...headers } }),
          },
        }),
        false: httpLink({ url, headers }),
      }),
    ],
  });
}

export interface Watched {
  seen: StatusView[];
  errors: unknown[];
  /** Resolves with the first snapshot, seen already or to come, that fits. */
  until(fits: (view: StatusView) => boolean): Promise<StatusView>;
  /** Resolves when the server ends it, with the error if there is one. */
  ended: Promise<unknown>;
  stop(): void;
}

export function watchStatus(client: TRPCClient<AppRouter>): Watched {
  const seen: StatusView[] = [];
  const errors: unknown[] = [];
  const waiting = new Set<() => void>();
  const ended = Promise.withResolvers<unknown>();
  const wake = () => waiting.forEach((look) => look());
  const { unsubscribe } = client.sync.onStatus.subscribe(undefined, {
    onData({ data }) {
      seen.push(data);
      wake();
    },
    onComplete: () => ended.resolve(null),
    onError(error) {
      errors.push(error);
      ended.resolve(error);
    },
  });
  return {
    seen,
    errors,
    ended: ended.promise,
    until: (fits) =>
      new Promise((resolve) => {
        const look = () => {
          const found = seen.find(fits);
          if (!found) return;
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        look();
      }),
    stop: unsubscribe,
  };
}
