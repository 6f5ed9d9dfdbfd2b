/** Connections that a proxy in front keeps: no shorter than it does, and no longer than the web is there. */
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startBuiltServer, type BuiltServer } from './support/built-server.ts';

let server: BuiltServer;
beforeAll(async () => void (server = await startBuiltServer()), 300_000);
afterAll(() => server.close());

/** Caddy keeps a connection to the web for two minutes, nginx for one. */
const longestProxySeconds = 120;

it('an idle connection is kept for longer than proxies do', async () => {
  const answer = await fetch(`${server.url}/healthz`);
  expect(Number(/timeout=(\d+)/.exec(answer.headers.get('keep-alive')!)?.[1])).toBeGreaterThan(longestProxySeconds);
});

async function open(): Promise<Socket> {
  const { hostname, port } = new URL(server.url);
  const socket = connect(Number(port), hostname).setEncoding('utf8');
  await once(socket, 'connect');
  return socket;
}

const healthz = 'GET /healthz HTTP/1.1\r\nhost: web\r\n\r\n';
const body = JSON.stringify({ email: 'nobody@example.com', password: 'not this one' });
const post =
  'POST /api/v1/auth/token HTTP/1.1\r\nhost: web\r\ncontent-type: application/json\r\n' +
  `content-length: ${body.length}\r\n\r\n`;

async function untilRefused(): Promise<void> {
  for (;;) {
    const refused = await open().then(
      (socket) => void socket.destroy(),
      () => true,
    );
    if (refused) return;
  }
}

it('a server that ends waits for what is under way, and for no idle connection', async () => {
  const [idle, busy] = [await open(), await open()];
  idle.write(healthz);
  await once(idle, 'data');
  busy.write(healthz);
  await once(busy, 'data');
  busy.write(post + body.slice(0, 5));
  const [idleEnds, ends] = [once(idle, 'close'), once(server.process, 'exit')];
  server.process.kill('SIGTERM');
  await Promise.all([untilRefused(), idleEnds]);
  busy.write(body.slice(5));
  const [answer] = (await once(busy, 'data')) as [string];
  expect(answer).toMatch(/^HTTP\/1\.1 401 /);
  const answeredAt = Date.now();
  await ends;
  // With the connection still kept it would end by its own limit, after 20 s.
  expect(Date.now() - answeredAt).toBeLessThan(10_000);
}, 60_000);
