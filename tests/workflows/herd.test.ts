import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createSyncActivities } from '#activities/index.ts';
import { createSyncClient } from '#temporal/client.ts';
import type { TemporalSyncClient } from '#temporal/client.ts';
import { syncQueue, userSyncId } from '#workflows/names.ts';
import { depsWith } from '../activities/light-activities.ts';
import { makeConnectedUser, useDatabase } from '../db/fixtures.ts';
import { claimTemporal, type TestTemporal, testWorkflowBundle } from '../support/index.ts';
import { affected, rows, sql } from '../support/sql.ts';
import type { Begun, HerdBrowsers } from './herd-browsers.ts';

const herdSize = 150;
const slots = 4;
const minuteMs = 60_000;

const { em, orm, url } = useDatabase();
let temporal: TemporalSyncClient;
let server: TestTemporal;
let connection: NativeConnection;
let endWorker: () => Promise<void>;
let browsers: ChildProcess;

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  server = claimTemporal();
  const access = { TEMPORAL_API_KEY: undefined, TEMPORAL_TLS: false };
  temporal = createSyncClient(
    { TEMPORAL_ADDRESS: server.address, TEMPORAL_NAMESPACE: server.namespace, ...access },
    15_000,
  );
  connection = await NativeConnection.connect({ address: server.address });
  const worker = await Worker.create({
    connection,
    namespace: server.namespace,
    taskQueue: syncQueue,
    workflowBundle: { codePath: await testWorkflowBundle() },
    activities: { ...createSyncActivities({ ...depsWith(orm()), temporal }) },
    maxConcurrentActivityTaskExecutions: 5,
  });
  const running = worker.run();
  endWorker = async () => {
    worker.shutdown();
    await running;
  };
});
afterAll(async () => {
  browsers.kill();
  await endWorker();
  await temporal.close();
  await connection.close();
});

/** Attempts that began, in order. */
const begun: Begun[] = [];
let onBegun: (() => void) | null = null;

function openBrowsers(): ChildProcess {
  const file = fileURLToPath(new URL('./herd-browsers.ts', import.meta.url));
  const options = { ...server, databaseUrl: url(), slots, readingMs: 200, rentals: [] } satisfies HerdBrowsers;
  const child = fork(file, [JSON.stringify(options)]);
  child.on('message', (message) => {
    begun.push(message as Begun);
    onBegun?.();
  });
  return child;
}

async function untilBegun(isEnough: () => boolean): Promise<void> {
  while (!isEnough()) await new Promise<void>((resolve) => (onBegun = resolve));
}

/** Users that have synced before, with credentials that are in use. */
async function makeUsers(count: number, nextSyncAt: Date): Promise<string[]> {
  const users: string[] = [];
  while (users.length < count)
    users.push(...(await Promise.all(Array.from({ length: 10 }, () => makeConnectedUser(em())))));
  await affected(
    em(),
    sql`update portal_accounts set last_revision = revision, last_sync_at = now() - interval '2 hours', next_sync_at = ${nextSyncAt},
          schedule_reason = 'interval' where user_id = any(${users})`,
  );
  return users;
}

const inTens = async (users: string[], act: (userId: string) => Promise<unknown>) => {
  for (let at = 0; at < users.length; at += 10) await Promise.all(users.slice(at, at + 10).map(act));
};

const jobs = () =>
  rows<{ userId: string; status: string; errorCode: string | null; manual: boolean }>(
    em(),
    sql`select user_id as "userId", status, error_code as "errorCode", triggered_manually as manual from sync_jobs`,
  );

async function untilJobs(count: number, status: string): Promise<void> {
  while ((await jobs()).filter((job) => job.status === status).length < count)
    await new Promise((resolve) => setTimeout(resolve, 200));
}

/** When the read that follows the click was put into the queue, by the server's clock. */
async function queuedAt(userId: string): Promise<number> {
  const { events } = await temporal.client.workflow.getHandle(userSyncId(userId)).fetchHistory();
  const scheduled = events!.filter(
    ({ activityTaskScheduledEventAttributes: activity }) =>
      activity?.activityType?.name === 'scrapeRentals' && activity.priority?.priorityKey === 1,
  );
  const { seconds, nanos } = scheduled.at(-1)!.eventTime!;
  return Number(seconds) * 1_000 + nanos! / 1e6;
}

interface Click {
  userId: string;
  at: number;
  queuedAt: number;
}

async function click(userId: string): Promise<Click> {
  const at = Date.now();
  await temporal.requestSync(userId);
  for (;;) {
    const { raw } = await temporal.client.workflow.getHandle(userSyncId(userId)).describe();
    const attempt = raw.pendingActivities?.find(({ activityType }) => activityType?.name === 'scrapeRentals');
    if (attempt?.priority?.priorityKey === 1) return { userId, at, queuedAt: await queuedAt(userId) };
    if (begun.some((attempt) => attempt.userId === userId && attempt.at > at)) return { userId, at, queuedAt: at };
  }
}

it(
  'a herd of 150 is served whole, with a worker killed in the middle, and who clicks goes first',
  { timeout: 600_000 },
  async () => {
    const herd = await makeUsers(herdSize, new Date(Date.now() - 1_000));
    const idle = await makeUsers(10, new Date(Date.now() + 60 * minuteMs));
    await inTens([...idle, ...herd], (userId) => temporal.settingsChanged(userId));
    await untilJobs(herdSize, 'pending'); // all are in the queue, and nobody takes one

    const expected = herdSize + idle.length;
    const begins = Date.now();
    browsers = openBrowsers();
    await untilBegun(() => begun.length >= 40);
    const unread = herd.filter((userId) => !begun.some((attempt) => attempt.userId === userId));
    const clicking = [...unread.slice(-10), ...idle];
    const clicks: Click[] = [];
    await inTens(clicking, async (userId) => clicks.push(await click(userId)));
    await untilBegun(() => clicking.every((userId) => begun.some((attempt) => attempt.userId === userId)));
    browsers.kill('SIGKILL');
    browsers = openBrowsers();
    await untilJobs(expected, 'completed');

    const all = await jobs();
    expect(all.filter(({ status }) => status !== 'completed')).toEqual([]);
    expect(all).toHaveLength(expected);
    expect(new Set(all.map(({ userId }) => userId)).size).toBe(expected);
    expect(
      all
        .filter(({ manual }) => manual)
        .map(({ userId }) => userId)
        .sort(),
    ).toEqual([...idle].sort());

    const clicked = new Set(clicking);
    const waits = clicks.map(({ userId, at, queuedAt: since }) => {
      const first = begun.find((attempt) => attempt.userId === userId)!;
      // Those that were merely due and began before it all the same: a browser had taken them, or the server was slow to hand it on.
      const before = begun.filter((other) => other.at > since && other.at < first.at && !clicked.has(other.userId));
      expect(before.length, `before ${userId}`).toBeLessThan(herdSize / 2);
      return first.at - at;
    });
    waits.sort((a, b) => a - b);

    const schedule = await rows<{ userId: string; nextAt: number; failures: number }>(
      em(),
      sql`select user_id as "userId", extract(epoch from next_sync_at)::float8 * 1000 as "nextAt", consecutive_failures as failures
        from portal_accounts`,
    );
    expect(schedule.filter(({ failures }) => failures > 0)).toEqual([]);
    const next = schedule.filter(({ userId }) => !clicked.has(userId)).map(({ nextAt }) => nextAt);
    expect(Math.max(...next) - Math.min(...next)).toBeGreaterThan(15 * minuteMs);
    const minutes = Map.groupBy(next, (time) => Math.floor(time / minuteMs));
    expect(Math.max(...[...minutes.values()].map((together) => together.length))).toBeLessThan(herdSize / 5);

    const [p50, p99] = [waits[Math.floor(waits.length / 2)]!, waits.at(-1)!];
    const seconds = (Date.now() - begins) / 1_000;
    process.stdout.write(
      `a herd of ${herdSize} on ${slots} slots: ${seconds.toFixed(1)} s in all; a click begins after ${p50} ms (p50), ${p99} ms (the slowest)\n`,
    );
  },
);
