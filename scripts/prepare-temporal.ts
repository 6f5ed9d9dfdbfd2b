/**
 * Makes the namespace and the search attributes on a Temporal server, where they are missing. For servers that we do not
 * start ourselves; safe to run at any time. It takes the settings TEMPORAL_….
 */
import { loadTemporalSettings } from '#platform/config.ts';
import { ConfigError } from '#platform/errors.ts';
import { prepareNamespace } from './lib/temporal-namespace.ts';

try {
  await prepareNamespace(loadTemporalSettings(), (line) => console.log(line));
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
