/** How the web and the scripts reach Temporal. The workers' native connection is in `worker-connection.ts`. */
import { readFileSync } from 'node:fs';
import { Client, Connection, defaultGrpcRetryOptions, makeGrpcRetryInterceptor } from '@temporalio/client';
import { loadClientConfigProfile, toClientOptions } from '@temporalio/envconfig';
import type { ClientConfigProfile } from '@temporalio/envconfig';
import type { Config, TemporalAccess } from '#platform/config.ts';
import { ConfigError } from '#platform/errors.ts';
import { clientConverter } from './data-converter.ts';
import { tracedCalls } from './trace-calls.ts';

export type TemporalConfig = Pick<Config, 'TEMPORAL_ADDRESS' | 'TEMPORAL_NAMESPACE'> &
  Partial<TemporalAccess> &
  Partial<Pick<Config, 'TEMPORAL_PAYLOAD_KEYS'>>;

/** The part that both kinds of connection share. Throws {@link ConfigError}. */
export function connectionOptions({
  TEMPORAL_ADDRESS: address,
  TEMPORAL_PAYLOAD_KEYS: _,
  ...config
}: Omit<TemporalConfig, 'TEMPORAL_NAMESPACE'>) {
  try {
    const profile = { ...readProfile(config), address };
    refuseHalfCertificate(profile);
    return toClientOptions(profile).connectionOptions;
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    // A file that cannot be read or parsed: its message names the file, or the profile that it lacks.
    throw new ConfigError(`TEMPORAL_*: ${(error as Error).message}`, { cause: error });
  }
}

/** A file is read only on request: one in the home folder is for the command line, and maybe another server. */
function readProfile(access: Partial<TemporalAccess>): ClientConfigProfile {
  const { TEMPORAL_CONFIG_FILE: path, TEMPORAL_PROFILE: profile } = access;
  if (profile !== undefined && path === undefined)
    throw new ConfigError('TEMPORAL_PROFILE wants TEMPORAL_CONFIG_FILE, the path of the file that holds it');
  const set = Object.entries(access).filter(([name, value]) => name.startsWith('TEMPORAL_') && value !== undefined);
  return loadClientConfigProfile({
    ...(path === undefined ? { disableFile: true } : { configSource: { data: readFileSync(path) } }),
    ...(profile !== undefined && { profile }),
    overrideEnvVars: Object.fromEntries(set.map(([name, value]) => [name, String(value)])),
  });
}

/** The library leaves out an incomplete pair, and the server would refuse us without a word about it. */
function refuseHalfCertificate({ tls }: ClientConfigProfile): void {
  if (!tls || tls.disabled || Boolean(tls.clientCert) === Boolean(tls.clientKey)) return;
  throw new ConfigError(
    'TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH belong together (or both …_DATA): one is missing',
  );
}

/** gRPC's RESOURCE_EXHAUSTED. */
const resourceExhausted = 8;

/** The parts of gRPC's `StatusObject` that say why the server refused a call. */
interface Refusal {
  code: number;
  details: string;
  metadata: { get(name: string): (string | Buffer)[] };
}

/**
 * How long a refused call waits before it is repeated: as in the library, with one exception. A run that is just being
 * continued as new, or is busy, refuses with the code of a used-up quota, and the library would wait one to two seconds
 * for what is over in milliseconds: a click at the very end of a sync.
 */
export function firstRetryMs({ code, details, metadata }: Refusal): number {
  if (code !== resourceExhausted) return 100;
  // An update with start gives its reason only in the status of its second operation, among the encoded details.
  const reasons = [details, ...metadata.get('grpc-status-details-bin').map((part) => part.toString('latin1'))];
  return reasons.some((reason) => /workflow is (closing|busy)/i.test(reason)) ? 20 : 1_000;
}

/** Connects at the first call, so that the web starts and shows what it has while Temporal is away. */
export function createClient(config: TemporalConfig): Client {
  const connection = Connection.lazy({
    ...connectionOptions(config),
    interceptors: [makeGrpcRetryInterceptor(defaultGrpcRetryOptions({ initialIntervalMs: firstRetryMs }))],
    channelArgs: {
      // By default gRPC waits up to two minutes before it retries a server that was away.
      'grpc.initial_reconnect_backoff_ms': 100,
      'grpc.max_reconnect_backoff_ms': 1_000,
    },
  });
  const dataConverter = clientConverter(config.TEMPORAL_PAYLOAD_KEYS);
  const interceptors = { workflow: tracedCalls() };
  return new Client({ connection, namespace: config.TEMPORAL_NAMESPACE, dataConverter, interceptors });
}
