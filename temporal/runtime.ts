/** Temporal's native runtime in a worker: its lines go to our log, its metrics to their own port. */
import { ConfigError } from '#platform/errors.ts';
import { lookup } from 'node:dns/promises';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import type { LogEntry } from '@temporalio/worker';
import type { Config } from '#platform/config.ts';
import type { Log } from '#platform/log.ts';
import { listenAdvice } from '#platform/ports.ts';

type MetricsConfig = Pick<Config, 'HOST' | 'METRICS_PORT'>;

/** To be called once, before the first connection. Throws {@link ConfigError}. */
export async function installRuntime(config: MetricsConfig, log: Log): Promise<void> {
  const bindAddress = await metricsAddress(config);
  try {
    Runtime.install({
      logger: new DefaultLogger('INFO', forwardTo(log)),
      shutdownSignals: ['SIGTERM', 'SIGINT'],
      telemetryOptions: {
        // Without `forward` the native part writes lines in its own format next to ours.
        logging: { filter: { core: 'WARN', other: 'ERROR' }, forward: {} },
        ...(bindAddress && { metrics: { prometheus: { bindAddress, useSecondsForDurations: true } } }),
      },
    });
  } catch (error) {
    if (!bindAddress) throw error;
    const message = `METRICS_PORT: metrics cannot be served at ${bindAddress} (${(error as Error).message})`;
    throw new ConfigError(message, { cause: error });
  }
}

/** Where metrics are served, as Temporal wants it: a numeric address, never a name. Undefined: nowhere. */
export async function metricsAddress({ HOST, METRICS_PORT }: MetricsConfig): Promise<string | undefined> {
  if (METRICS_PORT === undefined) return undefined;
  const { address, family } = await lookup(HOST).catch((error: NodeJS.ErrnoException) => {
    throw new ConfigError(listenAdvice(error.code ?? error.message, 'METRICS_PORT', HOST, METRICS_PORT));
  });
  return `${family === 6 ? `[${address}]` : address}:${METRICS_PORT}`;
}

const methods = { TRACE: 'debug', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const;

function forwardTo(log: Log) {
  return ({ level, message, meta }: LogEntry) => log[methods[level]](meta ?? {}, message);
}
