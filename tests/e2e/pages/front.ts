/** What stands in front of the service: a proxy that counts streams, answers by itself, and shows the next version. */
import { createServer, request } from 'node:http';
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

export interface Refusal {
  status: number;
  headers?: OutgoingHttpHeaders;
  /** Refuses the streams alone; left out, every call. */
  streamsOnly?: boolean;
}

export interface Front {
  url: string;
  /** From now on calls are answered so, and streams are cut; null: no more. */
  refuse(refusal: Refusal | null): void;
  /** Calls that were refused so far. */
  refused(): number;
  /** Streams that are open. */
  streams(): number;
  /** The files of the version before are gone, and pages name others. */
  deploy(deployed: boolean): void;
  close(): Promise<void>;
}

const isStream = ({ url }: IncomingMessage) => url!.includes('/api/trpc/sync.onStatus');
const [files, nextFiles] = ['/_app/immutable/', '/_app/next/'];

export async function startFront(target: string): Promise<Front> {
  let refusal: Refusal | null = null;
  let refused = 0;
  let deployed = false;
  const streams = new Set<ServerResponse>();
  const sockets = new Set<Socket>();

  function refuses(incoming: IncomingMessage): boolean {
    return refusal !== null && incoming.url!.startsWith('/api/') && (!refusal.streamsOnly || isStream(incoming));
  }

  function pass(incoming: IncomingMessage, answer: ServerResponse): void {
    const { hostname, port } = new URL(target);
    const headers = { ...incoming.headers, 'accept-encoding': 'identity' };
    const path = incoming.url!.replace(nextFiles, files);
    const onward = request({ hostname, port, method: incoming.method, path, headers }, (response) => {
      if (deployed && response.headers['content-type']?.startsWith('text/html')) return void next(response, answer);
      answer.writeHead(response.statusCode!, response.headers);
      response.pipe(answer);
    });
    onward.on('error', () => answer.destroy());
    answer.on('close', () => onward.destroy());
    incoming.pipe(onward);
  }

  async function next(response: IncomingMessage, answer: ServerResponse): Promise<void> {
    const html = (await response.setEncoding('utf8').toArray()).join('').replaceAll(files, nextFiles);
    const headers = { ...response.headers, 'content-length': Buffer.byteLength(html) };
    answer.writeHead(response.statusCode!, headers).end(html);
  }

  const server = createServer((incoming, answer) => {
    if (refuses(incoming)) {
      refused += 1;
      answer.writeHead(refusal!.status, refusal!.headers).end('<h1>Not now</h1>');
    } else if (deployed && incoming.url!.endsWith('/version.json')) {
      answer.writeHead(200, { 'content-type': 'application/json' }).end('{"version":"next"}');
    } else if (deployed && incoming.url!.includes(files)) {
      answer.writeHead(404).end();
    } else {
      if (isStream(incoming)) {
        streams.add(answer);
        answer.once('close', () => streams.delete(answer));
      }
      pass(incoming, answer);
    }
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    refuse(wanted) {
      refusal = wanted;
      if (wanted) for (const stream of streams) stream.destroy();
    },
    refused: () => refused,
    streams: () => streams.size,
    deploy: (wanted) => void (deployed = wanted),
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => void server.close(resolve));
    },
  };
}
