/** A client of gibney-sync for programs: REST and tRPC with their types, the live status, and errors in kinds. */
import { createTRPCClient, httpLink } from '@trpc/client';
import type { TRPCClient } from '@trpc/client';
import createRest from 'openapi-fetch';
import type { Client } from 'openapi-fetch';
import type { paths, SyncStatus } from './contract/rest.ts';
import type { AppRouter } from './contract/router.ts';
import { connect } from './transport.ts';
import type { ConnectOptions } from './transport.ts';
import { watch } from './watch.ts';
import type { WatchOptions } from './watch.ts';

export interface GibneySyncClient {
  /** `/api/v1`, typed by the OpenAPI document. Throws `GibneySyncError`, so `data` is there for every call with an answer. */
  rest: Client<paths>;
  /** The queries and mutations of `/api/trpc`. Throws tRPC's error; `errorOf` finds ours in it. */
  trpc: TRPCClient<AppRouter>;
  /** The status as it changes, until the loop is left or `signal` aborts. */
  watch(options?: WatchOptions): AsyncGenerator<SyncStatus, void, undefined>;
  /**
   * Starts a sync, or joins the one under way: each status of it until it has ended, `completed` or `failed`. Leaving the loop
   * does not stop the sync.
   */
  sync(options?: SyncOptions): AsyncGenerator<SyncStatus, void, undefined>;
}

export interface SyncOptions extends WatchOptions {
  /** As of `POST /user/sync`. */
  options?: NonNullable<paths['/user/sync']['post']['requestBody']>['content']['application/json']['options'];
  /** Told the job's id, and whether it was under way already. */
  onAccepted?(jobId: string, joined: boolean): void;
}

export function createClient({ url, ...options }: ConnectOptions): GibneySyncClient {
  const origin = url.replace(/\/+$/, '');
  const transport = connect({ url: origin, ...options });
  const rest = createRest<paths>({ baseUrl: `${origin}/api/v1`, fetch: transport });
  const trpcUrl = `${origin}/api/trpc`;
  const send = (input: unknown, init: unknown) => transport(input as string, init as RequestInit);
  const trpc = createTRPCClient<AppRouter>({ links: [httpLink({ url: trpcUrl, fetch: send })] });
  const client: GibneySyncClient = {
    rest,
    trpc,
    watch: (watchOptions) => watch(transport, trpcUrl, watchOptions),
    sync: (syncOptions) => sync(client, syncOptions),
  };
  return client;
}

async function* sync(
  client: GibneySyncClient,
  { options, onAccepted, ...watchOptions }: SyncOptions = {},
): AsyncGenerator<SyncStatus, void, undefined> {
  const { data } = await client.rest.POST('/user/sync', {
    body: options ? { options } : {},
    signal: watchOptions.signal,
  });
  const jobId = data!.job_id;
  onAccepted?.(jobId, data!.message.includes('already'));
  for await (const status of client.watch(watchOptions)) {
    if (status.job?.id !== jobId) continue;
    yield status;
    if (status.job.status === 'completed' || status.job.status === 'failed') return;
  }
}
