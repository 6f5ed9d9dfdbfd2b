import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openEgressProxy, type EgressOptions, type EgressProxy } from '#activities/portal/egress-proxy.ts';

/** What names resolve to: real ones change, and are not there on every machine. */
const { names, asked } = vi.hoisted(() => ({ names: new Map<string, string[]>(), asked: [] as string[] }));
vi.mock('node:dns/promises', () => ({
  lookup: (name: string) => {
    asked.push(name);
    const found = names.get(name);
    if (!found) return Promise.reject(new Error('ENOTFOUND'));
    return Promise.resolve(found.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })));
  },
}));

let inside: Server;
let proxy: EgressProxy;
let port = 0;
const refused: { target: string; reason: string }[] = [];

beforeEach(async () => {
  refused.length = 0;
  names.clear();
  inside = createServer((socket) => socket.on('error', () => undefined).write('hello'));
  await once(inside.listen(0), 'listening');
  port = (inside.address() as AddressInfo).port;
});
afterEach(() => {
  proxy.close();
  inside.close();
});

async function open(options: Partial<EgressOptions> = {}): Promise<void> {
  proxy = await openEgressProxy({ onRefused: (details) => refused.push(details), ...options });
}

/** Asks the proxy for a connection, as a browser does; what comes through it, or null where it is refused. */
async function ask(host: string, to = port): Promise<string | null> {
  const socket = connect(Number(new URL(proxy.settings.server).port), '127.0.0.1');
  const received: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => received.push(chunk)).on('error', () => undefined);
  const name = Buffer.from(host);
  socket.write(Buffer.from([5, 1, 0]));
  socket.write(Buffer.concat([Buffer.from([5, 1, 0, 3, name.length]), name, Buffer.from([to >> 8, to & 255])]));
  const text = () => Buffer.concat(received);
  await vi.waitFor(() => expect(socket.destroyed || text().length > 12).toBe(true));
  socket.destroy();
  return text()[3] === 0 ? text().subarray(12).toString() : null;
}

describe('the way out of the browser', () => {
  it.each(['127.0.0.1', '::1', '10.0.0.1', '169.254.169.254', 'fe80::1', 'fd00::1', '::ffff:127.0.0.1', '0.0.0.0'])(
    'does not lead to %s',
    async (host) => {
      await open();
      expect(await ask(host)).toBeNull();
      expect(refused).toEqual([{ target: `${host}:${port}`, reason: 'it is inside, not on the internet' }]);
    },
  );

  it.each([['127.0.0.1'], ['::1'], ['93.184.216.34', '127.0.0.1'], ['10.1.2.3'], []])(
    'does not lead to a name of %s %s',
    async (...addresses) => {
      await open();
      names.set('innocent.example', addresses);
      expect(await ask('innocent.example', 443)).toBeNull();
    },
  );

  it('leads to the internet over https only', async () => {
    await open();
    names.set('cdn.example', ['93.184.216.34']);
    expect(await ask('cdn.example', 80)).toBeNull();
    expect(refused.at(-1)).toMatchObject({ reason: 'it is not https' });
  });

  it('leads to a portal that is inside, and to nothing else of that machine', async () => {
    await open({ portalUrl: `http://127.0.0.1:${port}` });
    expect(await ask('127.0.0.1')).toBe('hello');
    expect(await ask('localhost')).toBeNull();
    expect(await ask('127.0.0.1', port + 1)).toBeNull();
  });

  it('leads to a portal whose name is of a machine inside', async () => {
    names.set('portal.internal', ['127.0.0.1']);
    await open({ portalUrl: `http://portal.internal:${port}` });
    expect(await ask('portal.internal')).toBe('hello');
  });

  it('does not follow the name of a portal on the internet to an address inside', async () => {
    names.set('rebound.example', ['93.184.216.34', '2606:2800:220:1::1']);
    await open({ portalUrl: `https://rebound.example:${port}` });
    void ask('rebound.example').catch(() => undefined); // nothing answers there, if there is a line at all
    await vi.waitFor(() => expect(asked).toContain('rebound.example'));
    names.set('rebound.example', ['127.0.0.1']);
    expect(await ask('rebound.example')).toBeNull();
    expect(refused.at(-1)).toMatchObject({ reason: 'the portal was on the internet, and is inside now' });
  });

  it('ends what is sent without end', async () => {
    inside.removeAllListeners('connection').on('connection', (socket) => {
      socket.on('error', () => undefined);
      const pour = () => socket.write(Buffer.alloc(65_536)) && setImmediate(pour);
      socket.on('drain', pour);
      pour();
    });
    await open({ portalUrl: `http://127.0.0.1:${port}`, maxBytes: 1_000_000 });
    const socket = connect(Number(new URL(proxy.settings.server).port), '127.0.0.1');
    socket.on('error', () => undefined).resume();
    socket.write(Buffer.from([5, 1, 0, 5, 1, 0, 1, 127, 0, 0, 1, port >> 8, port & 255]));
    await once(socket, 'close');
    expect(socket.bytesRead).toBeLessThan(2_000_000);
    expect(await ask('127.0.0.1')).toBeNull();
  });
});
