import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createStatusListener } from '#lib/server/sync/status-listener.ts';
import { createStatusHub } from '#lib/server/sync/status-hub.ts';
import { createLog } from '#platform/log.ts';
import { createTestDatabase } from '../support/index.ts';
import type { TestDatabase } from '../support/index.ts';
import { startRelay, type Relay } from '../support/relay.ts';
import { storedStatus, syncStatus } from './support/temporal-double.ts';

describe('notifications of PostgreSQL', () => {
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
      onProgress: () => {},
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
       where application_name = 'gibney-sync notifications' and datname = current_database()`,
    );
    const [first, second] = await Promise.all([ann.next(), bob.next()]);
    expect(first.value).toMatchObject({ view: { consecutiveFailures: 2 } });
    expect(second.value).toMatchObject({ view: { consecutiveFailures: 2 } });
    leaving.abort();
    await listener.close();
  });

  it('are heard though PostgreSQL was away when the listener began', async () => {
    const relay = await startRelay(database.url);
    relay.cut();
    const { listener, heardAgain } = listenOver(relay);
    await listener.listening();
    relay.open();
    await heardAgain;
    await listener.close();
    await relay.close();
  });

  it('are heard again although the connection died without a word', async () => {
    const relay = await startRelay(database.url);
    const { listener, heardAgain } = listenOver(relay);
    await listener.listening();
    relay.swallow();
    await vi.waitFor(() => expect(listener.isListening()).toBe(false), 20_000);
    relay.open();
    await heardAgain;
    expect(listener.isListening()).toBe(true);
    await listener.close();
    await relay.close();
  });
});

function listenOver({ url }: Relay) {
  const again = Promise.withResolvers<void>();
  const listener = createStatusListener({
    databaseUrl: url,
    log: createLog('test', 'silent'),
    checkMs: 10,
    onStatusChanged: () => {},
    onProgress: () => {},
    onSessionEnded: () => {},
    onReconnect: () => again.resolve(),
  });
  return { listener, heardAgain: again.promise };
}
