/** What operators read of the last 24 hours. */
import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { readDayFigures } from '#db/queries/day-figures.ts';
import { affected, rows, sql } from '../support/sql.ts';
import { makeConnectedUser, useDatabase } from './fixtures.ts';
import { addTarget } from './targets.ts';

const { em } = useDatabase();
const now = new Date('2026-11-27T14:20:00Z');

interface Ended {
  /** On the 26th or 27th of November. */
  at: string;
  waitMs?: number;
  tookMs?: number;
  status?: 'completed' | 'failed';
  partial?: boolean;
  errorCode?: string | null;
}

async function end(userId: string, { at, waitMs = 0, tookMs = 1_000, ...given }: Ended): Promise<void> {
  const { status = 'completed', partial = false, errorCode = null } = given;
  const before = (ms: number) => new Date(Date.parse(at) - ms);
  await affected(
    em(),
    sql`insert into sync_jobs (id, user_id, status, partial, error_code, created_at, started_at, completed_at)
      values (${randomUUID()}, ${userId}, ${status}, ${partial}, ${errorCode}, ${before(tookMs + waitMs)}, ${before(tookMs)}, ${at})`,
  );
}

it('hour by hour: how many syncs ended how, and how long they took and waited', async () => {
  const userId = await makeConnectedUser(em());
  for (const tookMs of [1_000, 2_000, 9_000]) await end(userId, { at: '2026-11-27T14:10:00Z', tookMs, waitMs: 500 });
  await end(userId, { at: '2026-11-27T13:59:59Z', partial: true });
  await end(userId, { at: '2026-11-26T15:00:00Z', status: 'failed', errorCode: 'timed_out' });
  await end(userId, { at: '2026-11-26T15:30:00Z', status: 'failed', errorCode: 'cancelled' });
  await end(userId, { at: '2026-11-26T14:59:59Z' });
  const figures = await readDayFigures(em(), now);
  expect(figures.hours).toHaveLength(24);
  expect(figures.hours.at(-1)).toEqual({
    at: new Date('2026-11-27T14:00:00Z'),
    ...{ completed: 3, partial: 0, failed: 0, medianMs: 2_000, p95Ms: 8_300, waitP95Ms: 500 },
    ...{ delivered: 0, givenUp: 0, deliveryP95Ms: null },
  });
  expect(figures.hours.at(-2)).toMatchObject({ completed: 1, partial: 1 });
  expect(figures.hours[0]).toMatchObject({ at: new Date('2026-11-26T15:00:00Z'), completed: 0, failed: 1 });
  expect(figures.hours[1]).toMatchObject({ completed: 0, medianMs: null });
  expect(figures.failures).toEqual([
    { errorCode: 'cancelled', count: 1 },
    { errorCode: 'timed_out', count: 1 },
  ]);
  expect(figures).toMatchObject({ running: 0, waiting: 0, waitingSince: null });
});

it('deliveries by the hour in which they ended, and what waits now', async () => {
  const userId = await makeConnectedUser(em());
  const targetId = await addTarget(em(), userId, { channel: 'webhook', address: 'https://hooks.test/' });
  const deliver = (status: string, tookMs: number) =>
    affected(
      em(),
      sql`with made as (
          insert into events (user_id, type, data, at) values (${userId}, 'sync.completed', '{}', now()) returning seq
        )
        insert into deliveries (user_id, target_id, event_seq, lane, status, created_at, done_at)
        select ${userId}, ${targetId}, seq, 'sync', ${status}, ${new Date(now.getTime() - tookMs)}, ${now} from made`,
    );
  await deliver('delivered', 4_000);
  await deliver('given_up', 90_000);
  const since = new Date('2026-11-27T14:18:00Z');
  await affected(
    em(),
    sql`insert into sync_jobs (id, user_id, status, created_at) values (${randomUUID()}, ${userId}, 'pending', ${since})`,
  );
  const figures = await readDayFigures(em(), now);
  expect(figures.hours.at(-1)).toMatchObject({ delivered: 1, givenUp: 1, deliveryP95Ms: 4_000 });
  expect(figures).toMatchObject({ running: 0, waiting: 1, waitingSince: since });
});

it('the hour that autumn repeats is two hours, whatever the database’s zone', async () => {
  const userId = await makeConnectedUser(em());
  await end(userId, { at: '2026-11-01T05:10:00Z' });
  await end(userId, { at: '2026-11-01T06:10:00Z' });
  const { hours } = await em().transactional(async (tx) => {
    await affected(tx, sql`set local time zone 'America/New_York'`);
    return readDayFigures(tx, new Date('2026-11-01T07:30:00Z'));
  });
  expect(hours).toHaveLength(24);
  expect(hours.slice(-3).map(({ at, completed }) => [at.toISOString(), completed])).toEqual([
    ['2026-11-01T05:00:00.000Z', 1],
    ['2026-11-01T06:00:00.000Z', 1],
    ['2026-11-01T07:00:00.000Z', 0],
  ]);
});

it('what was delivered is found by an index, whatever was before', async () => {
  const plan = await em().transactional(async (tx) => {
    await affected(tx, sql`set local enable_seqscan = off`);
    const today = sql`explain select count(*) from deliveries where done_at >= now() - interval '1 day'`;
    return rows<{ 'QUERY PLAN': string }>(tx, today);
  });
  expect(plan.map((row) => row['QUERY PLAN']).join('\n')).toContain('deliveries_done_at_index');
});
