/** Sends spans by OTLP over HTTP. A collector that is away, slow or broken costs spans, and one line in the log. */
import * as http from 'node:http';
import * as https from 'node:https';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import type { SpanExporter } from '@opentelemetry/sdk-trace';
import type { Log } from './log.ts';

export interface ExporterOptions {
  /** Without a slash at the end. */
  endpoint: string;
  headers: Record<string, string>;
  log: Log;
}

/** For one batch, repeats included; the next one waits for it. */
const sendWithinMs = 5_000;

export interface CuttableExporter extends SpanExporter {
  /** Gives up what is still being sent. */
  cut(): void;
}

export function createExporter({ endpoint, headers, log }: ExporterOptions): CuttableExporter {
  const { Agent } = endpoint.startsWith('https:') ? https : http;
  const agent = new Agent({ keepAlive: true, maxSockets: 2 });
  const otlp = new OTLPTraceExporter({
    url: `${endpoint}/v1/traces`,
    headers,
    timeoutMillis: sendWithinMs,
    concurrencyLimit: 4,
    httpAgentOptions: () => agent,
  });
  const note = noteOnce(log);
  return {
    export(spans, done) {
      otlp.export(spans, (result) => {
        note(result.error);
        done(result);
      });
    },
    forceFlush: () => otlp.forceFlush(),
    shutdown: () => otlp.shutdown(),
    cut: () => agent.destroy(),
  };
}

/** Reports that it fails, and that it works again; not each time. */
function noteOnce(log: Log) {
  let failing = false;
  return (error: Error | undefined): void => {
    if (error && !failing) log.warn({ error: reasonOf(error) }, 'traces cannot be sent; spans are lost until they can');
    if (!error && failing) log.info('traces are sent again');
    failing = error !== undefined;
  };
}

/** A collector's answer may repeat what it was sent, so only codes are reported. */
function reasonOf(error: Error & { code?: unknown }): string {
  const code = typeof error.code === 'number' ? `HTTP ${error.code}` : error.code;
  return typeof code === 'string' ? code : error.name;
}
