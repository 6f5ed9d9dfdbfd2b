/** What operators do to many users at once, by the worker's own process, which is killed as a machine kills it. */
import { fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { insertBulk, insertUndo, previewBulk, readBulk, type BulkRow } from '#db/queries/bulk-operations.ts';
import type { BulkAction } from '#domain/bulk.ts';
import { paceOf } from '#domain/bulk.ts';
import { inProject } from '#platform/paths.ts';
import { createSyncClient } from '#temporal/client.ts';
import type { TemporalSyncClient } from '#temporal/client.ts';
import { makeConnectedUser, useDatabase } from '../db/fixtures.ts';
import { claimTemporal, temporaryFolder } from '../support/index.ts';
import { affected, rows, sql } from '../support/sql.ts';
import { until } from '../support/until.ts';
import type { Begun, HerdBrowsers } from './herd-browsers.ts';

const { em, url } = useDatabase();
const children: ChildProcess[] = [];
const begun: Begun[] = [];
const operator = randomUUID();
let temporal: TemporalSyncClient;
let env: NodeJS.ProcessEnv;
let worker: ChildProcess;

function startWorker(): ChildProcess {
  const program = inProject('temporal', 'worker.ts');
  const child = spawn(process.execPath, [program], { env, stdio: 'inherit', cwd: inProject() });
  children.push(child);
  return child;
}

beforeAll(async () => {
  const { address, namespace } = claimTemporal();
  const access = { TEMPORAL_API_KEY: undefined, TEMPORAL_TLS: false };
  temporal = createSyncClient({ TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace, ...access }, 15_000);
  env = {
    ...process.env,
    DATABASE_URL: url(),
    TEMPORAL_ADDRESS: address,
    TEMPORAL_NAMESPACE: namespace,
    PORTAL_URL: 'http://127.0.0.1:1',
    CREDENTIALS_KEYS: `test:${Buffer.alloc(32, 7).toString('base64')}`,
    WORKER_QUEUES: 'sync',
    DATA_DIR: await temporaryFolder(),
    LOG_LEVEL: 'error',
  };
  worker = startWorker();
  const options = { databaseUrl: url(), address, namespace, slots: 2, readingMs: 200, rentals: [] };
  const browsers = fork(fileURLToPath(new URL('./herd-browsers.ts', import.meta.url)), [
    JSON.stringify(options satisfies HerdBrowsers),
  ]);
  browsers.on('message', (message) => begun.push(message as Begun));
  children.push(browsers);
});
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await temporal.close();
});

/** Users that have synced before and whose next sync is an hour away. */
async function makeUsers(count: number): Promise<string[]> {
  const users: string[] = [];
  while (users.length < count)
    users.push(...(await Promise.all(Array.from({ length: 10 }, () => makeConnectedUser(em())))));
  await affected(
    em(),
    sql`update portal_accounts set last_revision = revision, last_sync_at = now() - interval '1 hour', schedule_reason = 'interval',
      next_sync_at = now() + interval '1 hour' where user_id = any(${users})`,
  );
  return users;
}

async function order(action: BulkAction, ratePerMinute: number): Promise<BulkRow> {
  const bulk = { action, query: {}, ratePerMinute, reason: 'a test', requestedBy: operator };
  return start(await insertBulk(em(), bulk));
}

async function start(row: BulkRow): Promise<BulkRow> {
  const { id: bulkId, action, total, ratePerMinute } = row;
  await temporal.startBulk({ bulkId, action, total, ratePerMinute });
  return row;
}

const untilDone = (id: string, count: number) =>
  until(`${count} are done`, async () => ((await temporal.readBulk(id))?.done ?? 0) >= count);
const untilState = (id: string, state: string) =>
  until(`the operation is ${state}`, async () => (await readBulk(em(), id))?.state === state);
const pausedUsers = async () => {
  const found = await rows<{ id: string }>(
    em(),
    sql`select user_id as id from portal_accounts where paused_reason = 'user'`,
  );
  return found.map(({ id }) => id).sort();
};

it('80 users are synced at a bounded rate although a worker is killed, and who clicks meanwhile goes first', async () => {
  const rate = 600;
  const users = await makeUsers(80);
  const [clicker] = await makeUsers(1);
  await affected(em(), sql`update portal_accounts set paused_reason = 'user' where not (user_id = any(${users}))`);
  expect(await previewBulk(em(), { action: 'sync', query: {}, limit: 3 })).toMatchObject({
    total: 80,
    users: [{}, {}, {}],
  });
  const { id, total } = await order('sync', rate);
  expect(total).toBe(80);

  await untilDone(id, 25);
  worker.kill('SIGKILL');
  await once(worker, 'exit');
  worker = startWorker();
  await untilDone(id, 45);
  // In the middle of the syncs that wait: two browsers read them one by one.
  await temporal.resume(clicker!);
  await until('the click is taken', () => temporal.requestSync(clicker!).then(Boolean));
  const before = begun.length;
  await until('the sync of who clicked begins', () => begun.some(({ userId }) => userId === clicker));
  expect(begun.findIndex(({ userId }) => userId === clicker) - before).toBeLessThan(10);
  await untilState(id, 'completed');

  const done = await rows<{ at: Date }>(
    em(),
    sql`select at from bulk_operation_users where bulk_id = ${id} and outcome = 'done' order by at`,
  );
  expect(done).toHaveLength(80);
  const { batchSize, pauseMs } = paceOf(rate);
  // A batch that was cut off is followed by a whole one.
  for (const [index, { at }] of done.slice(2 * batchSize).entries())
    expect(at.getTime() - done[index]!.at.getTime()).toBeGreaterThanOrEqual(pauseMs);
  const synced = () =>
    rows<{ id: string }>(
      em(),
      sql`select distinct user_id as id from sync_jobs where status = 'completed' and user_id = any(${users})`,
    );
  await until('all are synced', async () => (await synced()).length === 80);
  const audited = sql`select subject_id from audit_entries where action = 'bulk.sync' and actor_id = ${operator}`;
  expect(await rows(em(), audited)).toHaveLength(80);
}, 300_000);

it('a retry syncs those whom a failure paused, and nobody else', async () => {
  await affected(em(), sql`delete from users`);
  const users = await makeUsers(20);
  const [failed, own] = [users.slice(0, 8), users.slice(8, 12)];
  for (const userId of own) await temporal.pause(userId);
  await until('they paused for themselves', async () => (await pausedUsers()).length === own.length);
  await affected(
    em(),
    sql`update portal_accounts set paused_reason = 'repeated_failure', next_sync_at = null where user_id = any(${failed})`,
  );
  const { id, total } = await order('retry', 600);
  expect(total).toBe(failed.length);
  await untilState(id, 'completed');
  const synced = () =>
    rows<{ id: string }>(em(), sql`select user_id as id from sync_jobs where status = 'completed' order by user_id`);
  await until('all are synced', async () => (await synced()).length >= failed.length);
  expect((await synced()).map(({ id: userId }) => userId)).toEqual([...failed].sort());
  expect(await pausedUsers()).toEqual([...own].sort());
  const paused = await rows(em(), sql`select user_id from portal_accounts where paused_reason = 'repeated_failure'`);
  expect(paused).toEqual([]);
}, 120_000);

it('a pause that is cancelled in its middle stops there, and is taken back from those alone whom it paused', async () => {
  await affected(em(), sql`delete from users`);
  const users = await makeUsers(60);
  const own = users.slice(0, 10);
  for (const userId of own) await temporal.pause(userId);
  await until('they paused for themselves', async () => (await pausedUsers()).length === own.length);

  const { id, total } = await order('pause', 120);
  expect(total).toBe(50);
  await untilDone(id, 12);
  await temporal.cancelBulk(id);
  await untilState(id, 'canceled');
  const canceled = (await readBulk(em(), id))!;
  expect(canceled.done).toBeLessThan(50);
  await until('the pauses are written', async () => (await pausedUsers()).length === own.length + canceled.done);

  const undone = { action: 'resume' as const, query: {}, ratePerMinute: 600, reason: null, requestedBy: operator };
  const undo = await start((await insertUndo(em(), { ...undone, undoOf: id }))!);
  expect(undo.total).toBe(canceled.done);
  await untilState(undo.id, 'completed');
  await until('they are resumed', async () => (await pausedUsers()).length === own.length);
  expect(await pausedUsers()).toEqual([...own].sort());
}, 120_000);
