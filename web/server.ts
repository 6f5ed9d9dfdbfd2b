/**
 * The web server: one plain HTTP server round the built SvelteKit app. Owns the listening socket and the orderly end
 * of the process.
 */
import { ConfigError } from '#platform/errors.ts';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { loadWebConfig } from '#platform/config.ts';
import type { Config } from '#platform/config.ts';
import { refusePooler } from '#db/pooler.ts';
import { createLog } from '#platform/log.ts';
import { listenAdvice } from '#platform/ports.ts';
import { startTracing } from '#platform/start-tracing.ts';
import { closeTracing } from '#platform/tracing.ts';
import { compressAnswer } from './edge/compress.ts';
import { clientAddressHeader } from './edge/client-address.ts';
import { handleDirectly } from './edge/direct.ts';
import { applyEdgeRules, bodyLimitBytes } from './edge/rules.ts';
import { withinRequest } from './edge/trace-request.ts';

type Handler = (request: IncomingMessage, response: ServerResponse, next: () => void) => void;

/** A request for a sync may wait for a worker that takes the place of one that died. */
const drainMs = 20_000;

/** Nobody is there any more who would end it. */
const orphanedDrainMs = 4_000;

/**
 * Longer than a proxy keeps a connection that it does not use (Caddy 2 minutes, nginx 1). If we close first, a request that it
 * sends at that moment is lost, and one that must not be repeated becomes a 502.
 */
const keepAliveMs = 125_000;

async function main(): Promise<void> {
  const config = loadWebConfig();
  await startTracing(config, 'web', createLog('web', config.LOG_LEVEL));
  await refusePooler(config.DATABASE_DIRECT_URL);
  const handler = await loadHandler();
  const open = new Set<ServerResponse>();
  let ending = false;
  const server = createServer((request, response) => {
    open.add(response);
    response.once('close', () => {
      open.delete(response);
      // Its connection is idle from the next turn on, and nobody is to wait for it.
      if (ending) setImmediate(() => server.closeIdleConnections());
    });
    withinRequest(request, response, () => {
      if (applyEdgeRules(request, response, { trustProxy: config.TRUST_PROXY })) return;
      const answered = handleDirectly(request, response);
      if (answered) return void answered.catch((error: unknown) => response.destroy(error as Error));
      compressAnswer(request, response);
      handler(request, response, () => response.writeHead(404).end());
    });
  });
  server.keepAliveTimeout = keepAliveMs;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(listenTrouble(config, error)));
    server.listen(config.PORT, config.HOST, resolve);
  });
  process.stdout.write(`web ready on ${config.PUBLIC_URL}\n`);
  process.send?.({ type: 'ready' });

  const end = (withinMs: number) => {
    setTimeout(() => process.exit(0), withinMs).unref();
    if (ending) return;
    ending = true;
    for (const response of open) if (isEventStream(response)) response.destroy();
    server.close(() => {
      process.emit('sveltekit:shutdown' as 'disconnect');
      if (process.connected) process.disconnect();
      void closeTracing();
    });
    server.closeIdleConnections();
  };
  process.once('SIGTERM', () => end(drainMs));
  process.once('SIGINT', () => end(drainMs));
  // The one that started us is gone.
  process.once('disconnect', () => end(orphanedDrainMs));
}

function listenTrouble({ HOST, PORT }: Config, cause: NodeJS.ErrnoException): ConfigError {
  return new ConfigError(listenAdvice(cause.code ?? cause.message, 'PORT', HOST, PORT), { cause });
}

/** The adapter reads these when it is loaded. */
async function loadHandler(): Promise<Handler> {
  // eslint-disable-next-line no-restricted-properties -- the adapter takes its settings from nowhere else
  Object.assign(process.env, {
    PROTOCOL_HEADER: 'x-forwarded-proto',
    ADDRESS_HEADER: clientAddressHeader,
    BODY_SIZE_LIMIT: String(bodyLimitBytes),
  });
  const built = new URL('./build/handler.js', import.meta.url).href;
  return ((await import(built)) as { handler: Handler }).handler;
}

/** Cut rather than ended, so that the browser comes back by itself. */
function isEventStream(response: ServerResponse): boolean {
  return String(response.getHeader('content-type') ?? '').startsWith('text/event-stream');
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof ConfigError ? error.message : String((error as Error)?.stack ?? error)}\n`);
  process.exit(1);
});
