import { randomUUID } from 'node:crypto';
import { beforeEach, expect, it } from 'vitest';
import { countSlowSyncs } from '#db/queries/portal-health.ts';
import { createPortalHealthReport } from '#lib/server/sync/portal-health.ts';
import { affected, sql } from '#tests/support/sql.ts';
import { makeUser, useDatabase } from '#tests/db/fixtures.ts';

const { em, orm } = useDatabase();
const now = new Date('2026-11-29T15:00:00Z');
const ago = (minutes: number) => new Date(now.getTime() - minutes * 60_000);

beforeEach(async () => {
  await affected(em(), sql`delete from users`);
});

/** A sync that ended so many minutes ago, of a user whose syncs usually take ten seconds. */
async function makeSync(userId: string, endedAgo: number, seconds: number, values: { errorCode?: string } = {}) {
  const completedAt = ago(endedAgo);
  const startedAt = new Date(completedAt.getTime() - seconds * 1_000);
  const status = values.errorCode ? 'failed' : 'completed';
  await affected(
    em(),
    sql`insert into sync_jobs (id, user_id, status, error_code, created_at, started_at, completed_at, expected_ms)
      values (${randomUUID()}, ${userId}, ${status}, ${values.errorCode ?? null}, ${startedAt}, ${startedAt}, ${completedAt}, 10000)`,
  );
}

it('counts users whose newest sync took much longer than usual, and since when', async () => {
  const [ana, ben, cleo, dan, eve] = await Promise.all(Array.from({ length: 5 }, () => makeUser(em())));
  await makeSync(ana!, 50, 90);
  await makeSync(ana!, 5, 90);
  await makeSync(ben!, 20, 90);
  await makeSync(ben!, 10, 9);
  await makeSync(cleo!, 15, 300, { errorCode: 'timed_out' });
  // Three times as long as usual and yet soon done; failed by the password; long ago.
  await makeSync(dan!, 5, 29);
  await makeSync(eve!, 5, 90, { errorCode: 'invalid_credentials' });
  await makeSync(eve!, 61, 90);
  expect(await countSlowSyncs(em(), now)).toEqual({ users: 4, slow: 2, since: new Date(ago(50).getTime() - 90_000) });
});

it('of nobody says nothing', async () => {
  expect(await countSlowSyncs(em(), now)).toEqual({ users: 0, slow: 0, since: null });
});

it('is asked of the database once in half a minute, and again after that', async () => {
  const report = createPortalHealthReport(orm());
  expect(await report.read(now.getTime())).toEqual({ state: 'fine', since: null });
  const users = await Promise.all(Array.from({ length: 5 }, () => makeUser(em())));
  for (const user of users) await makeSync(user, 1, 90);
  expect(await report.read(now.getTime() + 29_000)).toMatchObject({ state: 'fine' });
  expect(await report.read(now.getTime() + 31_000)).toMatchObject({ state: 'slow' });
});

it('is slow since the first of its slow syncs, also when that is more than an hour ago', async () => {
  const report = createPortalHealthReport(orm());
  const users = await Promise.all(Array.from({ length: 5 }, () => makeUser(em())));
  for (const user of users) await makeSync(user, 50, 90);
  const began = new Date(ago(50).getTime() - 90_000);
  expect(await report.read(now.getTime())).toEqual({ state: 'slow', since: began });
  for (const user of users) await makeSync(user, 5, 90);
  expect(await report.read(now.getTime() + 30 * 60_000)).toEqual({ state: 'slow', since: began });
});
