/** What stands before several web processes, as a load balancer: who is to end gets no new requests, and may answer those it has. */
import { createServer, request as ask, type IncomingMessage, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { until } from '#tests/support/until.ts';

export interface Front {
  url: string;
  add(url: string): void;
  /** Resolves when it has answered everything but streams. */
  drain(url: string): Promise<void>;
  close(): void;
}

interface Backend {
  url: string;
  /** Requests without an answer; streams do not count. */
  busy: number;
}

export async function startFront(): Promise<Front> {
  const rotation: Backend[] = [];
  const known = new Map<string, Backend>();

  function forward(backend: Backend, incoming: IncomingMessage, outgoing: ServerResponse): void {
    const isStream = incoming.headers.accept === 'text/event-stream';
    backend.busy += isStream ? 0 : 1;
    outgoing.once('close', () => (backend.busy -= isStream ? 0 : 1));
    const { method, url, headers } = incoming;
    const onward = ask(new URL(url!, backend.url), { method, headers, agent: false }, (answer) => {
      outgoing.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(outgoing);
      answer.once('close', () => answer.complete || outgoing.destroy());
    });
    onward.once('error', () => (outgoing.headersSent ? outgoing.destroy() : outgoing.writeHead(502).end()));
    outgoing.once('close', () => onward.destroy());
    incoming.pipe(onward);
  }

  const server = createServer((incoming, outgoing) => {
    const backend = rotation.shift();
    if (!backend) return void outgoing.writeHead(502).end();
    rotation.push(backend);
    forward(backend, incoming, outgoing);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    add(url) {
      const backend = { url, busy: 0 };
      known.set(url, backend);
      rotation.push(backend);
    },
    async drain(url) {
      const backend = known.get(url)!;
      rotation.splice(rotation.indexOf(backend), 1);
      await until(`the last answer of ${url}`, () => backend.busy === 0, 20_000);
    },
    close: () => (server.closeAllConnections(), server.close()),
  };
}
