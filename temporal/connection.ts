/** How the web and the scripts reach Temporal. The workers' native connection stands in `worker-connection.ts`. */
import { Client, Connection } from '@temporalio/client';
import type { Config } from '#platform/config.ts';

export type TemporalConfig = Pick<
  Config,
  'TEMPORAL_ADDRESS' | 'TEMPORAL_NAMESPACE' | 'TEMPORAL_API_KEY' | 'TEMPORAL_TLS'
>;

/** The part that both kinds of connection share. */
export function connectionOptions({
  TEMPORAL_ADDRESS,
  TEMPORAL_API_KEY,
  TEMPORAL_TLS,
}: Omit<TemporalConfig, 'TEMPORAL_NAMESPACE'>) {
  return { address: TEMPORAL_ADDRESS, apiKey: TEMPORAL_API_KEY, tls: TEMPORAL_TLS };
}

/** Connects at the first call, so that the web starts and shows what it has while Temporal is away. */
export function createClient(config: TemporalConfig): Client {
  const connection = Connection.lazy({
    ...connectionOptions(config),
    channelArgs: {
      // By default gRPC waits up to two minutes before it tries a server again that was away.
      'grpc.initial_reconnect_backoff_ms': 100,
      'grpc.max_reconnect_backoff_ms': 1_000,
    },
  });
  return new Client({ connection, namespace: config.TEMPORAL_NAMESPACE });
}
