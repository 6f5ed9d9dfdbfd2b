import { randomUUID } from 'node:crypto';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { beforeAll, beforeEach, expect, it } from 'vitest';
import { createApplyRetention } from '#activities/apply-retention.ts';
import type { DeletedByRetention } from '#domain/activities.ts';
import type { SyncDeps } from '#activities/deps.ts';
import { listCosts } from '#db/queries/costs.ts';
import { listJobs } from '#db/queries/sync-jobs.ts';
import { rememberedSince } from '#db/queries/time-machine.ts';
import { costOf } from '#domain/costs.ts';
import { affected, firstRow, rows, sql } from '../support/sql.ts';
import { makeConnectedUser, rental, syncList, useDatabase } from '../db/fixtures.ts';
import { addTarget } from '../db/targets.ts';
import { temporaryFolder } from '../support/index.ts';

const { em, orm } = useDatabase();
const dayMs = 86_400_000;
const nothing = {
  logs: 0,
  staged: 0,
  jobs: 0,
  changes: 0,
  events: 0,
  devices: 0,
  sheets: 0,
  keyCalls: 0,
  bulks: 0,
  sessions: 0,
  artifacts: 0,
};
let dataDir: string;
let userId: string;

beforeAll(async () => {
  dataDir = await temporaryFolder();
});
beforeEach(async () => {
  await affected(em(), sql`delete from users`);
  userId = await makeConnectedUser(em());
});

async function apply(now = Date.now()): Promise<DeletedByRetention & { heartbeats: number }> {
  const config = {
    SYNC_TIMEOUT_SECONDS: 300,
    SYNC_INTERVAL_MINUTES: 120,
    RETENTION_DAYS: 30,
    HISTORY_DAYS: 1_100,
    DATA_DIR: dataDir,
  };
  const environment = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
  let heartbeats = 0;
  environment.on('heartbeat', () => (heartbeats += 1));
  const deps = { config, orm: orm(), temporal: {} as SyncDeps['temporal'] };
  const activity = createApplyRetention(deps);
  const deleted = await environment.run<[{ now: number }], DeletedByRetention, typeof activity>(activity, { now });
  return { ...deleted, heartbeats };
}

/** A final job that ended so many days ago. */
async function makeJob(daysAgo: number, status = 'failed'): Promise<string> {
  const id = randomUUID();
  const at = new Date(Date.now() - daysAgo * dayMs);
  await affected(
    em(),
    sql`insert into sync_jobs (id, user_id, status, created_at, completed_at) values (${id}, ${userId}, ${status}, ${at}, ${at})`,
  );
  return id;
}

const jobIds = async () => (await listJobs(em(), userId, { limit: 100 })).jobs.map(({ id }) => id);

it('deletes jobs past their time with their logs and rows, and keeps the younger ones', async () => {
  const [old, young] = [await makeJob(31), await makeJob(29)];
  await affected(
    em(),
    sql`insert into sync_job_logs (job_id, user_id, level, phase, message)
        select ${old}::uuid, ${userId}::uuid, 'info', 'reading', n::text from generate_series(1, 2500) n`,
  );
  await affected(
    em(),
    sql`insert into staged_rentals (job_id, attempt, ordinal, name, studio, location, status, record_url, raw)
        select ${old}::uuid, 1, n, '', '', '', '', '', '{}' from generate_series(1, 1500) n`,
  );
  const { heartbeats, ...deleted } = await apply();
  expect(deleted).toEqual({ ...nothing, logs: 2500, staged: 1500, jobs: 1 });
  // At least one a batch of a thousand.
  expect(heartbeats).toBeGreaterThan(5);
  expect(await jobIds()).toEqual([young]);
  expect(await apply()).toMatchObject(nothing);
});

it('keeps the newest job of each user however old it is, and active ones', async () => {
  const [, newest] = [await makeJob(90), await makeJob(60)];
  const active = randomUUID();
  await affected(
    em(),
    sql`insert into sync_jobs (id, user_id, status, created_at)
        values (${active}, ${userId}, 'running', now() - interval '80 days')`,
  );
  expect(await apply()).toMatchObject({ jobs: 1 });
  expect(await jobIds()).toEqual([newest, active]);
});

it('deletes old changes, and a younger change outlives the job that found it', async () => {
  const { jobId } = await syncList(em(), userId, [rental('one'), rental('two')]);
  await makeJob(0);
  const past = new Date(Date.now() - 31 * dayMs);
  await affected(em(), sql`update sync_jobs set created_at = ${past}, completed_at = ${past} where id = ${jobId}`);
  const longPast = new Date(Date.now() - 1_101 * dayMs);
  await affected(
    em(),
    sql`update booking_changes set at = ${longPast} where id = (select min(id::text)::uuid from booking_changes)`,
  );
  expect(await apply()).toMatchObject({ jobs: 1, changes: 1 });
  expect(await rows(em(), sql`select job_id as "jobId" from booking_changes`)).toEqual([{ jobId: null }]);
  expect(await firstRow(em(), sql`select count(*)::int as count from bookings`)).toEqual({ count: 2 });
});

it('keeps what prices and statuses were, so that a statement made years later has the same figures', async () => {
  const startsAt = new Date(Date.now() - 30 * dayMs);
  for (const values of [
    { priceCents: 6_000 },
    { priceCents: 5_500, studio: 'B' },
    { priceCents: 0, status: 'Canceled' },
  ])
    await syncList(em(), userId, [rental('one', { startsAt, ...values })]);
  await affected(em(), sql`update booking_changes set at = at - interval '1101 days'`);
  const span = { from: new Date(0), to: new Date() };
  const made = async () => (await listCosts(em(), userId, span)).map(costOf);
  const before = await made();
  expect(before).toMatchObject([{ refundCents: 5_500, earlierPrices: [{ cents: 6_000 }, { cents: 5_500 }] }]);
  expect(await apply()).toMatchObject({ changes: 3 });
  expect(await made()).toEqual(before);
  // Other memory goes, and is not said to be there.
  expect((await rememberedSince(em(), userId, new Date(0)))!.getTime()).toBeGreaterThan(Date.now() - dayMs);
  expect(await apply()).toMatchObject({ changes: 0 });
});

it('deletes devices that have been gone for so long, and no others', async () => {
  const past = new Date(Date.now() - 31 * dayMs);
  const push = { channel: 'push' as const, updatedAt: past };
  await addTarget(em(), userId, { ...push, address: 'https://push.test/gone', disabledReason: 'gone' });
  const kept = [
    await addTarget(em(), userId, { ...push, address: 'https://push.test/on' }),
    await addTarget(em(), userId, {
      ...push,
      address: 'https://push.test/lately',
      disabledReason: 'gone',
      updatedAt: new Date(),
    }),
    await addTarget(em(), userId, { disabledReason: 'gone', updatedAt: past }),
  ];
  expect(await apply()).toMatchObject({ devices: 1 });
  const left = await rows<{ id: string }>(em(), sql`select id from delivery_targets where user_id = ${userId}`);
  expect(left.map(({ id }) => id).sort()).toEqual(kept.sort());
});

it('deletes sessions and links that have expired, and keys that did so long ago', async () => {
  for (const days of [-1, 1]) {
    const expiresAt = new Date(Date.now() + days * dayMs);
    await affected(
      em(),
      sql`insert into auth.sessions (token_hash, user_id, expires_at) values (${randomUUID()}, ${userId}, ${expiresAt})`,
    );
    await affected(
      em(),
      sql`insert into auth.mailed_links (token_hash, user_id, purpose, expires_at)
          values (${randomUUID()}, ${userId}, 'reset_password', ${expiresAt})`,
    );
    await affected(
      em(),
      sql`insert into auth.api_keys (user_id, name, start, key_hash, scopes, expires_at)
          values (${userId}, 'k', 'k', ${randomUUID()}, '{read}', ${new Date(expiresAt.getTime() - 30 * dayMs)})`,
    );
  }
  expect(await apply()).toMatchObject({ sessions: 3 });
  expect(await firstRow(em(), sql`select count(*)::int as count from auth.sessions`)).toEqual({ count: 1 });
});

it('deletes pages of failures past their time', async () => {
  const jobId = await makeJob(1);
  await affected(
    em(),
    sql`insert into failure_pages (job_id, user_id, attempt, kind, html, at)
        select ${jobId}::uuid, ${userId}::uuid, n, 'internal', '', now() - make_interval(days => n) from unnest('{29,31}'::int[]) n`,
  );
  expect(await apply()).toMatchObject({ artifacts: 1 });
  expect(await rows(em(), sql`select attempt from failure_pages`)).toEqual([{ attempt: 29 }]);
});

it('removes the folders that earlier versions kept such pages in, and nothing else there', async () => {
  const folder = path.join(dataDir, 'artifacts');
  for (const name of ['2026-10-01', '2026-10-25', 'notes']) {
    await mkdir(path.join(folder, name), { recursive: true });
    await writeFile(path.join(folder, name, 'job-1.html'), '<p>xx</p>');
  }
  expect(await apply(Date.UTC(2026, 10, 23))).toMatchObject({ artifacts: 1 });
  expect((await readdir(folder)).sort()).toEqual(['2026-10-25', 'notes']);
});

it('goes by the time that it is told: a worker whose clock runs ahead deletes nothing young', async () => {
  const ids = [await makeJob(5), await makeJob(4)];
  expect(await apply(Date.now() - 10 * dayMs)).toMatchObject({ jobs: 0 });
  expect((await jobIds()).sort()).toEqual(ids.sort());
});

it('keeps an event that is still on its way, but not for a target that is off', async () => {
  const [on, off] = [await addTarget(em(), userId), await addTarget(em(), userId)];
  await syncList(em(), userId, [rental('a')]);
  await affected(em(), sql`update deliveries set status = 'delivered' where target_id = ${on} and lane = 'sync'`);
  await affected(em(), sql`update delivery_targets set disabled_reason = 'user' where id = ${off}`);
  await affected(em(), sql`update events set at = now() - interval '31 days' where user_id = ${userId}`);
  expect((await apply()).events).toBe(1);
  expect(await rows(em(), sql`select type from events where user_id = ${userId}`)).toEqual([{ type: 'booking.added' }]);
  await affected(em(), sql`update deliveries set status = 'given_up' where target_id = ${on}`);
  expect((await apply()).events).toBe(1);
});

it('deletes operations that ended long ago with whom they were about, and keeps what runs', async () => {
  const make = async (daysAgo: number, state: string) => {
    const at = new Date(Date.now() - daysAgo * dayMs);
    const ended = state === 'running' ? null : at;
    const operation = await firstRow<{ id: string }>(
      em(),
      sql`insert into bulk_operations (action, query, rate_per_minute, requested_by, state, total, created_at, finished_at)
          values ('sync', '{}', 60, ${randomUUID()}, ${state}, 1, ${at}, ${ended}) returning id`,
    );
    await affected(em(), sql`insert into bulk_operation_users (bulk_id, user_id) values (${operation!.id}, ${userId})`);
    return operation!.id;
  };
  await make(31, 'completed');
  const kept = [await make(29, 'canceled'), await make(31, 'running')].sort();
  expect(await apply()).toMatchObject({ bulks: 2 });
  const left = await rows<{ id: string }>(em(), sql`select bulk_id as id from bulk_operation_users order by 1`);
  expect(left.map(({ id }) => id)).toEqual(kept);
});
