/** A way to a server that can be cut, or swallow what goes over it while both ends believe that it is there. */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface Relay {
  /** The given address by this way. */
  url: string;
  /** Breaks every connection and refuses new ones. */
  cut(): void;
  /** From now on nothing comes through, on connections of before and on new ones, and nobody is told. */
  swallow(): void;
  /** New connections work again; those that swallowed something stay silent. */
  open(): void;
  /** Connections that somebody holds open. */
  connections(): number;
  close(): Promise<void>;
}

export async function startRelay(targetUrl: string): Promise<Relay> {
  const target = new URL(targetUrl);
  const sockets = new Set<Socket>();
  const clients = new Set<Socket>();
  let state: 'open' | 'cut' | 'black hole' = 'open';
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket) && clients.delete(socket));
    socket.on('error', () => socket.destroy()); // cut on purpose
  };
  const server = createServer((socket) => {
    keep(socket);
    clients.add(socket);
    if (state === 'cut') return void socket.destroy();
    const onward = connect(Number(target.port), target.hostname);
    keep(onward);
    const silent = new Set<Socket>();
    for (const [from, to] of [
      [socket, onward],
      [onward, socket],
    ] as const) {
      from.on('data', (bytes) => {
        if (state === 'black hole') silent.add(from).add(to);
        if (!silent.has(from)) to.write(bytes);
      });
      from.on('close', () => to.destroy());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(targetUrl);
  url.hostname = '127.0.0.1';
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,
    cut() {
      state = 'cut';
      for (const socket of sockets) socket.destroy();
    },
    swallow: () => void (state = 'black hole'),
    open: () => void (state = 'open'),
    connections: () => clients.size,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => void server.close(resolve));
    },
  };
}
