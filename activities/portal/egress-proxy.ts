/**
 * The only way out of a visit's browser context: a SOCKS proxy on this machine, which connects the page with the portal
 * and over https with addresses on the internet. Names are resolved here, once for each connection, and the checked
 * address is the one connected to: no redirect, WebSocket or name that changes its address leads inside.
 */
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { connect, createServer, isIP, type AddressInfo, type Socket } from 'node:net';
import type { LaunchOptions } from 'playwright';
import { isPublicAddress } from '#platform/public-addresses.ts';

const httpsPort = 443;

/** A visit takes a tenth of that, or less. */
const maxVisitBytes = 200_000_000;

export interface EgressProxy {
  /** For the browser context. */
  settings: NonNullable<LaunchOptions['proxy']>;
  /** Ends all of its connections. */
  close(): void;
}

export interface EgressOptions {
  /** Without it nothing can be reached inside, and nothing without TLS. */
  portalUrl?: string | undefined;
  /** Called once for each target that was refused. */
  onRefused(details: { target: string; reason: string }): void;
  /** For tests. */
  maxBytes?: number;
}

interface Target {
  host: string;
  port: number;
}

/** Whether portals that are known by name were inside when they were first looked up. None may become so later. */
const insidePortals = new Map<string, boolean>();

export async function openEgressProxy(options: EgressOptions): Promise<EgressProxy> {
  const portal = options.portalUrl === undefined ? null : targetOf(new URL(options.portalUrl));
  const { onRefused, maxBytes = maxVisitBytes } = options;
  const sockets = new Set<Socket>();
  const refused = new Set<string>();
  let bytes = 0;
  const server = createServer({ noDelay: true }, (client) => {
    keep(client);
    serve(client).catch(() => client.resetAndDestroy()); // neither end says more than that it failed
  });

  function keep(socket: Socket): void {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => undefined);
  }

  async function serve(client: Socket): Promise<void> {
    const target = await requestedBy(client);
    const found = await addressesOf(target);
    const reason = refusal(target, found, portal) ?? (bytes > maxBytes ? 'the visit took too much' : null);
    if (reason !== null) {
      if (!refused.has(nameOf(target))) onRefused({ target: nameOf(target), reason });
      refused.add(nameOf(target));
      client.end(reply.notAllowed);
      return;
    }
    const upstream = connectTo(target, found);
    keep(upstream);
    client.on('close', () => upstream.destroy());
    upstream.on('close', (failed) => (failed ? client.resetAndDestroy() : client.destroySoon()));
    await once(upstream, 'connect');
    client.write(reply.connected);
    upstream.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > maxBytes) close();
    });
    client.pipe(upstream).pipe(client);
  }

  function close(): void {
    for (const socket of sockets) socket.destroy();
  }

  server.listen(0, '127.0.0.1').unref();
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    settings: { server: `socks5://127.0.0.1:${port}`, bypass: '<-loopback>' },
    close() {
      server.close();
      close();
    },
  };
}

function targetOf({ hostname, port, protocol }: URL): Target {
  return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || (protocol === 'http:' ? 80 : httpsPort)) };
}

function nameOf({ host, port }: Target): string {
  return `${host}:${port}`;
}

/** RFC 1928, as far as a browser speaks it: no authentication, CONNECT, and names that the proxy resolves. */
const reply = {
  noAuthentication: Buffer.from([5, 0]),
  connected: Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]),
  notAllowed: Buffer.from([5, 2, 0, 1, 0, 0, 0, 0, 0, 0]),
};

async function requestedBy(client: Socket): Promise<Target> {
  const [, methods] = await read(client, 2);
  await read(client, methods!);
  client.write(reply.noAuthentication);
  const [version, command, , kind] = await read(client, 4);
  if (version !== 5 || command !== 1) throw new Error('the proxy is asked for something else than a connection');
  const host = await readHost(client, kind!);
  return { host, port: (await read(client, 2)).readUInt16BE() };
}

async function readHost(client: Socket, kind: number): Promise<string> {
  if (kind === 3) return (await read(client, (await read(client, 1))[0]!)).toString('latin1').toLowerCase();
  const bytes = await read(client, kind === 1 ? 4 : 16);
  if (kind === 1) return bytes.join('.');
  return bytes.toString('hex').replace(/.{4}(?!$)/g, '$&:');
}

async function read(client: Socket, size: number): Promise<Buffer> {
  for (;;) {
    const bytes = client.read(size) as Buffer | null;
    if (bytes?.length === size) return bytes;
    if (client.readableEnded || client.destroyed) throw new Error('the browser went away');
    await once(client, 'readable');
  }
}

async function addressesOf({ host }: Target): Promise<string[]> {
  if (isIP(host)) return [host];
  return (await lookup(host, { all: true })).map(({ address }) => address);
}

/** Why there is no way to the target; null where there is. */
function refusal(target: Target, found: string[], portal: Target | null): string | null {
  const isPublic = found.length > 0 && found.every(isPublicAddress);
  if (portal !== null && nameOf(target) === nameOf(portal)) {
    const inside = insidePortals.get(nameOf(target)) ?? !isPublic;
    insidePortals.set(nameOf(target), inside);
    return isPublic || inside ? null : 'the portal was on the internet, and is inside now';
  }
  if (!isPublic) return 'it is inside, not on the internet';
  return target.port === httpsPort ? null : 'it is not https';
}

/** Connects to one of the addresses that were checked, whichever answers first. */
function connectTo({ port }: Target, addresses: string[]): Socket {
  const all = addresses.map((address) => ({ address, family: isIP(address) }));
  const host = addresses.length === 1 ? addresses[0]! : 'checked.invalid'; // a name that `lookup` answers for
  return connect({ host, port, noDelay: true, lookup: (_host, _options, done) => done(null, all) });
}
