/** A client of gibney-sync for programs: REST and tRPC with their types, the live status, and errors in kinds. */
import { createTRPCClient, httpLink } from '@trpc/client';
import type { TRPCClient } from '@trpc/client';
import createRest from 'openapi-fetch';
import type { Client } from 'openapi-fetch';
import { phaseText } from '#domain/phases.ts';
import { camelCase, snakeCase, withKeys } from '#domain/shapes/case.ts';
import { isFinal } from '#domain/sync-states.ts';
import type { paths, SyncStatus } from './contract/rest.ts';
import type { AppRouter } from './contract/router.ts';
import { errorOf } from './errors.ts';
import { connect } from './transport.ts';
import type { ConnectOptions } from './transport.ts';
import { watch } from './watch.ts';
import type { Line, WatchOptions } from './watch.ts';

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
  /**
   * The same for a sync that was asked for already. One that has ended is given once; one that waits for another, from its
   * beginning on.
   */
  follow(jobId: string, options?: WatchOptions): AsyncGenerator<SyncStatus, void, undefined>;
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
  const line = { transport, trpcUrl };
  const client: GibneySyncClient = {
    rest,
    trpc,
    watch: (watchOptions) => watch(line, watchOptions),
    sync: (syncOptions) => sync(client, syncOptions),
    follow: (jobId, watchOptions) => follow(trpc, line, jobId, watchOptions),
  };
  return client;
}

async function* sync(
  client: GibneySyncClient,
  { options, onAccepted, ...watchOptions }: SyncOptions = {},
): AsyncGenerator<SyncStatus, void, undefined> {
  const { signal } = watchOptions;
  const wanted = options ? { options: withKeys(options, camelCase) as object } : undefined;
  const { jobId, joined } = await client.trpc.sync.request.mutate(wanted, { signal }).catch((thrown: unknown) => {
    signal?.throwIfAborted();
    throw errorOf(thrown) ?? thrown;
  });
  onAccepted?.(jobId, joined);
  yield* client.follow(jobId, watchOptions);
}

async function* follow(
  trpc: GibneySyncClient['trpc'],
  line: Line,
  jobId: string,
  options: WatchOptions = {},
): AsyncGenerator<SyncStatus, void, undefined> {
  let other = '';
  const look = async (status: SyncStatus) => {
    const { job } = status;
    if (job?.id === jobId) return status;
    // It comes before ours, or came after it: then ours ended while we did not look.
    const shown = `${job?.id} ${job?.status}`;
    if (shown === other) return null;
    const ended = await readEnded(trpc, jobId, options.signal);
    other = shown;
    return ended && { ...status, job: ended };
  };
  for await (const status of watch(line, options, { look, isUnderWay: true })) {
    yield status;
    if (isFinal(status.job)) return;
  }
}

/** Null where it goes on, or has not begun. */
async function readEnded(
  trpc: GibneySyncClient['trpc'],
  id: string,
  signal: AbortSignal | undefined,
): Promise<SyncStatus['job']> {
  const job = await trpc.sync.job.query({ id }, { signal }).catch((thrown: unknown) => {
    if (errorOf(thrown)?.kind === 'not_found') return null;
    throw thrown;
  });
  if (!job || !isFinal(job)) return null;
  const { createdAt: _, added: _added, changed: _changed, removed: _removed, ...shown } = job;
  const counts = { done: job.bookingsSynced ?? 0, total: job.bookingsSynced };
  const phase = job.status as 'completed' | 'failed';
  const progress = phaseText(phase, { ...counts, dryRun: job.dryRun }, job.errorMessage ?? undefined);
  return withKeys({ ...shown, ...counts, phase, progress }, snakeCase) as SyncStatus['job'];
}
