/**
 * What an orchestrator asks a worker, answered by Node itself: the metrics come from Temporal's native part, which serves them
 * before anything is connected, and also while Node hangs.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Config } from '#platform/config.ts';
import { ConfigError } from '#platform/errors.ts';
import { listenAdvice } from '#platform/ports.ts';

export interface Probes {
  /** From now on this says whether the worker does its work. */
  readyWhen(isReady: () => boolean): void;
  close(): void;
}

/** `/live` is 200 while Node answers, `/ready` while all queues are served. Without `PROBE_PORT` nobody asks. */
export async function serveProbes({ HOST, PROBE_PORT }: Pick<Config, 'HOST' | 'PROBE_PORT'>): Promise<Probes> {
  let isReady = () => false;
  const server = createServer(({ url }, response) => {
    const isWell = url === '/live' || (url === '/ready' && isReady());
    const status = url === '/live' || url === '/ready' ? (isWell ? 200 : 503) : 404;
    response.writeHead(status, { 'cache-control': 'no-store', connection: 'close' }).end();
  });
  if (PROBE_PORT !== undefined) {
    server.listen(PROBE_PORT, HOST);
    await once(server, 'listening').catch(({ code, message }: NodeJS.ErrnoException) => {
      throw new ConfigError(listenAdvice(code ?? message, 'PROBE_PORT', HOST, PROBE_PORT));
    });
    server.unref();
  }
  return { readyWhen: (asked) => void (isReady = asked), close: () => server.close() };
}
