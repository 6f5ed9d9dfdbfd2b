import { once } from 'node:events';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createStatusListener } from '#lib/server/sync/status-listener.ts';
import { createStatusHub } from '#lib/server/sync/status-hub.ts';
import { createLog } from '#platform/log.ts';
import { createTestDatabase } from '../support/index.ts';
import type { TestDatabase } from '../support/index.ts';
import { storedStatus, syncStatus } from './support/temporal-double.ts';

describe('rings through PostgreSQL', () => {
  let database: TestDatabase;
  let ringer: pg.Client;

  beforeAll(async () => {
    database = await createTestDatabase();
    ringer = new pg.Client({ connectionString: database.url });
    await ringer.connect();
  });
  afterAll(async () => {
    await ringer.end();
    await database.drop();
  });

  it('reach the watched user, and after a lost connection every watched user is read again', async () => {
    const listener = createStatusListener({
      databaseUrl: database.url,
      log: createLog('test', 'silent'),
      onStatusChanged: (userId) => hub.refresh(userId),
      onSessionEnded: () => {},
      onReconnect: () => hub.refreshAll(),
    });
    const asked: string[] = [];
    let consecutiveFailures = 0;
    const hub = createStatusHub({
      async query(userId) {
        asked.push(userId);
        return syncStatus({ consecutiveFailures });
      },
      readStored: async () => storedStatus,
      listening: () => listener.listening(),
      isListening: () => listener.isListening(),
      onError: (error) => {
        throw error;
      },
    });
    const leaving = new AbortController();
    const [ann, bob] = [hub.watch('ann', leaving.signal), hub.watch('bob', leaving.signal)];
    await Promise.all([ann.next(), bob.next()]);

    consecutiveFailures = 1;
    await ringer.query(`select pg_notify('sync_status', 'ann')`);
    expect((await ann.next()).value).toMatchObject({ view: { consecutiveFailures: 1 } });
    expect(asked.filter((user) => user === 'bob')).toHaveLength(1);

    consecutiveFailures = 2;
    await ringer.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where application_name = 'gibney-sync rings' and datname = current_database()`,
    );
    const [first, second] = await Promise.all([ann.next(), bob.next()]);
    expect(first.value).toMatchObject({ view: { consecutiveFailures: 2 } });
    expect(second.value).toMatchObject({ view: { consecutiveFailures: 2 } });
    leaving.abort();
    await listener.close();
  });

  it('are heard though PostgreSQL was away when the listener began', async () => {
    const port = new URL(database.url).port;
    const relay = await startRelay(Number(port));
    const address = new URL(database.url);
    address.port = String(relay.port);
    let hearAgain = () => {};
    const heardAgain = new Promise<void>((resolve) => (hearAgain = resolve));
    const listener = createStatusListener({
      databaseUrl: address.href,
      log: createLog('test', 'silent'),
      onStatusChanged: () => {},
      onSessionEnded: () => {},
      onReconnect: hearAgain,
    });
    await listener.listening();
    relay.open();
    await heardAgain;
    await listener.close();
    await relay.close();
  });
});

/** A port that refuses everybody until it is opened, and then leads to PostgreSQL. */
async function startRelay(target: number) {
  const net = await import('node:net');
  let isOpen = false;
  const server = net.createServer((socket) => {
    socket.on('error', () => socket.destroy());
    if (!isOpen) return void socket.destroy();
    const onward = net.connect(target, '127.0.0.1');
    onward.on('error', () => socket.destroy());
    socket.pipe(onward).pipe(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as { port: number }).port,
    open: () => (isOpen = true),
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}
