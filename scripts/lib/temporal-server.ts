/** How the local Temporal server is run. */
import { mkdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { ProcessSpec } from './child.ts';

export interface TemporalOptions {
  binary: string;
  port: number;
  /** Unset: without the UI. */
  uiPort?: number;
  /** What opens for the UI what is sealed. */
  uiCodecEndpoint?: string | undefined;
  httpPort: number;
  metricsPort: number;
  /** The file that keeps workflows and timers. Unset: kept in memory. */
  databaseFile?: string;
  /** `Name=Type` of each custom search attribute. */
  searchAttributes: readonly string[];
  /** Namespaces beside `default`. */
  namespaces?: readonly string[];
  dynamicConfig?: Record<string, unknown>;
}

const pairs = (flag: string, values: readonly string[]): string[] => values.flatMap((value) => [flag, value]);

/**
 * A queue is one and not four that know nothing of each other, so that who waits goes first among all, and within a priority each
 * fairness key has its turn. It is read as before: what a server before this one put into the others is not lost.
 */
export const oneOrder = { 'matching.numTaskqueueWritePartitions': 1, 'matching.enableFairness': true };

function serverArguments(options: TemporalOptions): string[] {
  const dynamic = Object.entries({ ...oneOrder, ...options.dynamicConfig }).map(
    ([key, value]) => `${key}=${JSON.stringify(value)}`,
  );
  return [
    'server',
    'start-dev',
    '--ip=127.0.0.1',
    `--port=${options.port}`,
    `--http-port=${options.httpPort}`,
    `--metrics-port=${options.metricsPort}`,
    ...(options.uiPort === undefined ? ['--headless'] : [`--ui-port=${options.uiPort}`, '--ui-disable-news-fetch']),
    ...(options.uiCodecEndpoint === undefined ? [] : [`--ui-codec-endpoint=${options.uiCodecEndpoint}`]),
    ...(options.databaseFile === undefined ? [] : [`--db-filename=${options.databaseFile}`]),
    '--log-level=warn',
    '--disable-config-file',
    '--disable-config-env',
    ...pairs('--search-attribute', options.searchAttributes),
    ...pairs('--namespace', options.namespaces ?? []),
    ...pairs('--dynamic-config-value', dynamic),
  ];
}

/** Resolves when something listens at this port of the local machine. */
export async function portAnswers(port: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const socket = connect({ host: '127.0.0.1', port });
    const answered = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    });
    socket.destroy();
    if (answered) return;
    await pause(50, undefined, { signal }).catch(() => undefined); // aborted: the loop ends
  }
}

/** How to run the server. It is ready when its frontend takes connections, which it does last. */
export async function prepareTemporal(options: TemporalOptions): Promise<ProcessSpec> {
  if (options.databaseFile) await mkdir(dirname(options.databaseFile), { recursive: true });
  return {
    name: 'Temporal server',
    command: options.binary,
    args: serverArguments(options),
    // Go lets its heap double before it collects; collecting a little earlier keeps an idle server small.
    env: { GOGC: '50', ...process.env },
    cwd: '/',
    stopSignal: 'SIGTERM',
    stopGraceMs: 8_000,
    readyTimeoutMs: 60_000,
    ready: (_child, signal) => portAnswers(options.port, signal),
  };
}
