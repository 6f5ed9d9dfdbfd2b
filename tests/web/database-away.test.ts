/** PostgreSQL does not answer, or its connections break: clear answers, and all is well again by itself. */
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestDatabase } from '../support/index.ts';
import type { TestDatabase } from '../support/index.ts';
import { startApp } from './support/app.ts';
import type { App, TestUser } from './support/app.ts';

let database: TestDatabase;
let relay: Relay;
let app: App;
let user: TestUser;

beforeAll(async () => {
  database = await createTestDatabase();
  relay = await startRelay(Number(new URL(database.url).port));
  const address = new URL(database.url);
  address.port = String(relay.port);
  app = await startApp({ env: { DATABASE_URL: address.href } });
  user = await app.newUser();
});
afterAll(async () => {
  relay.open();
  await app.close();
  await relay.close();
  await database.drop();
});

it.each([
  ['GET', '/api/v1/user/profile'],
  ['GET', '/api/v1/user/bookings'],
  ['GET', '/api/v1/user/sync/status'],
  ['POST', '/api/v1/user/sync'],
] as const)('%s %s is 503 with a time to try again, and works again by itself', async (method, path) => {
  relay.cut();
  const refused = await app.call(method, path, { token: user.token });
  expect(refused.json).toMatchObject({ status: 503, code: 'unavailable' });
  expect(refused.headers.get('retry-after')).toBe('5');
  relay.open();
  expect((await app.call(method, path, { token: user.token })).status).toBeLessThan(300);
});

it('nobody is told that a right password is wrong', async () => {
  relay.cut();
  const { email, password } = user;
  const refused = await app.call('POST', '/api/v1/auth/token', { body: { email, password } });
  expect(refused.json).toMatchObject({ status: 503, code: 'unavailable' });
  relay.open();
  expect((await app.call('POST', '/api/v1/auth/token', { body: { email, password } })).status).toBe(200);
});

it('who cannot be registered is told so, and nothing is left over', async () => {
  relay.cut();
  const body = { email: 'later@example.com', password: 'long enough' };
  expect((await app.call('POST', '/api/v1/auth/register', { body })).json.code).toBe('unavailable');
  relay.open();
  expect((await app.call('POST', '/api/v1/auth/register', { body })).status).toBe(201);
});

it('the process lives and says what is missing', async () => {
  relay.cut();
  expect((await app.call('GET', '/healthz')).status).toBe(200);
  const ready = await app.call('GET', '/readyz');
  expect(ready.status).toBe(503);
  expect(ready.json.parts).toEqual({ postgres: 'failed', temporal: 'ok' });
  relay.open();
});

interface Relay {
  port: number;
  /** Breaks every connection and refuses new ones. */
  cut(): void;
  open(): void;
  close(): Promise<void>;
}

async function startRelay(target: number): Promise<Relay> {
  const sockets = new Set<Socket>();
  let isOpen = true;
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy()); // cut on purpose
  };
  const server: Server = createServer((socket) => {
    keep(socket);
    if (!isOpen) return void socket.destroy();
    const onward = connect(target, '127.0.0.1');
    keep(onward);
    socket.pipe(onward).pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    cut() {
      isOpen = false;
      for (const socket of sockets) socket.destroy();
    },
    open: () => void (isOpen = true),
    close: () => new Promise((resolve) => void server.close(() => resolve())),
  };
}
