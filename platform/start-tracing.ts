/** Loads what sends traces, in a process that is told where to. To be called before anything connects. */
import type { Config } from './config.ts';
import type { Log } from './log.ts';
import { setTracing } from './tracing.ts';

export type TracingConfig = Pick<
  Config,
  | 'OTEL_EXPORTER_OTLP_ENDPOINT'
  | 'OTEL_EXPORTER_OTLP_HEADERS'
  | 'OTEL_SERVICE_NAME'
  | 'OTEL_TRACES_SAMPLER'
  | 'OTEL_TRACES_SAMPLER_ARG'
>;

/** @param part of the service, for its name where none is configured */
export async function startTracing(config: TracingConfig, part: 'web' | 'worker', log: Log): Promise<void> {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint } = config;
  if (endpoint === undefined) return;
  const { createTracing } = await import('./open-telemetry.ts');
  setTracing(
    createTracing({
      endpoint,
      headers: config.OTEL_EXPORTER_OTLP_HEADERS,
      service: config.OTEL_SERVICE_NAME ?? `gibney-sync-${part}`,
      sampler: config.OTEL_TRACES_SAMPLER,
      ratio: config.OTEL_TRACES_SAMPLER_ARG,
      log,
    }),
  );
}
