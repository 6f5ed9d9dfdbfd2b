/** The connection of a worker, made at its start: without Temporal it has nothing to do. */
import { ConfigError } from '#platform/errors.ts';
import { NativeConnection } from '@temporalio/worker';
import { connectionOptions } from './connection.ts';
import type { TemporalConfig } from './connection.ts';

const answerMs = 20_000;

/** Throws {@link ConfigError}. */
export async function connectWorker(
  config: Omit<TemporalConfig, 'TEMPORAL_NAMESPACE'>,
  withinMs = answerMs,
): Promise<NativeConnection> {
  const options = connectionOptions(config);
  const tooLate = Promise.withResolvers<never>();
  const timer = setTimeout(() => tooLate.reject(new Error(`no answer in ${withinMs / 1000} s`)), withinMs);
  try {
    return await Promise.race([NativeConnection.connect(options), tooLate.promise]);
  } catch (error) {
    throw new ConfigError(
      `TEMPORAL_ADDRESS ${config.TEMPORAL_ADDRESS} does not answer (${reasonOf(error as Error)}); ` +
        'start the Temporal server there, or set TEMPORAL_ADDRESS to the host:port of one',
      { cause: error },
    );
  } finally {
    clearTimeout(timer);
  }
}

/** The native part describes its error as Rust prints a value; the sentence is in its innermost quotes. */
function reasonOf({ message }: Error): string {
  return /(?:message|error): "([^"]+)"/.exec(message)?.[1] ?? message;
}
