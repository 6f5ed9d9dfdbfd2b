/** By REST: what of the changes the user knows, what is urgent, and the filters of changes and past syncs. */
import { beforeEach, describe, expect, it } from 'vitest';
import { useApp } from './support/app.ts';
import type { TestUser } from './support/app.ts';
import { seedRows } from './support/rows.ts';
import type { SeededRows } from './support/rows.ts';

const app = await useApp();
let user: TestUser;
let rows: SeededRows;

const get = async (path: string) => (await app.call('GET', `/api/v1/user/${path}`, { token: user.token })).json;
const post = (path: string, body: object = {}) => app.call('POST', `/api/v1/user/${path}`, { token: user.token, body });

/** A sync that found the rental canceled, a minute after the user has looked. */
async function cancelRental(): Promise<void> {
  await app.database.query(`update users set changes_seen_at = now() - interval '1 minute' where id = $1`, [user.id]);
  await app.database.query(`update booking_changes set at = now() - interval '1 hour' where user_id = $1`, [user.id]);
  await app.database.query(`update bookings set status = 'Canceled' where user_id = $1`, [user.id]);
  await app.database.query(
    `insert into booking_changes (user_id, booking_id, job_id, kind, before, after, at)
     values ($1, $2, $3, 'status', '{"status": "Approved"}', '{"status": "Canceled"}', now())`,
    [user.id, rows.bookingId, rows.jobId],
  );
}

beforeEach(async () => {
  user = await app.newUser();
  rows = await seedRows(app.databaseUrl, user.id);
});

describe('changes', () => {
  const kinds = async (query = '') =>
    ((await get(`changes${query}`)).changes as { kind: string }[]).map(({ kind }) => kind);

  it('are new until they are looked at', async () => {
    await cancelRental();
    expect(await kinds()).toEqual(['status', 'added']);
    expect(await kinds('?unseen=true')).toEqual(['status']);
    expect(await kinds('?unseen=false')).toEqual(['added']);
    expect(await get('changes/unseen')).toEqual({ count: 1 });
    expect((await post('changes/seen', { up_to: new Date(Date.now() - 30_000).toISOString() })).status).toBe(204);
    expect(await get('changes/unseen')).toEqual({ count: 1 });
    expect((await post('changes/seen')).status).toBe(204);
    expect(await get('changes/unseen')).toEqual({ count: 0 });
    expect(await kinds('?unseen=true')).toEqual([]);
  });

  it('of the next days are urgent until they are acknowledged, by who has them', async () => {
    await cancelRental();
    const { changes } = await get('changes/urgent');
    expect(changes).toMatchObject([
      { booking_id: rows.bookingId, fate: 'canceled', was: { studio: 'Studio A' }, change_ids: [expect.any(String)] },
    ]);
    const [{ change_ids: ids }] = changes;
    const stranger = await app.newUser();
    const foreign = { token: stranger.token, body: { ids } };
    expect((await app.call('POST', '/api/v1/user/changes/acknowledge', foreign)).status).toBe(204);
    expect((await get('changes/urgent')).changes).toHaveLength(1);
    expect((await post('changes/acknowledge', { ids })).status).toBe(204);
    expect(await get('changes/urgent')).toEqual({ changes: [] });
    expect(await kinds('?unseen=true')).toEqual([]);
  });

  it('want yes or no in words', async () => {
    expect((await get('changes?unseen=1')).errors).toEqual({ unseen: ['Give true or false.'] });
  });
});

it('past syncs are narrowed to those with gaps, those that were asked for, and the others', async () => {
  await app.database.query(
    `insert into sync_jobs (id, user_id, status, phase, partial, triggered_manually, started_at, completed_at)
     values (gen_random_uuid(), $1, 'completed', 'completed', true, true, now(), now())`,
    [user.id],
  );
  const partial = async (query: string) =>
    ((await get(`sync/history?${query}`)).jobs as { partial: boolean }[]).map((job) => job.partial);
  expect(await partial('partial=true')).toEqual([true]);
  expect(await partial('partial=false')).toEqual([false]);
  expect(await partial('triggered_manually=true')).toEqual([true]);
  expect(await partial('triggered_manually=false')).toEqual([false]);
});

it('rentals at the same time, and what a feed can be narrowed to, are there too', async () => {
  await app.database.query(
    `insert into bookings (user_id, record_id, name, starts_at, ends_at, studio, location, status, price_cents,
       record_url, first_seen_at, last_seen_at, updated_at)
     select user_id, 'a0B000000000002AAA', 'R-490016', starts_at, ends_at, 'Studio B', location, status, price_cents,
       record_url, now(), now(), now() from bookings where id = $1`,
    [rows.bookingId],
  );
  const { overlaps } = await get('bookings/overlaps');
  expect(overlaps).toHaveLength(1);
  expect([overlaps[0].first.name, overlaps[0].second.name].sort()).toEqual(['R-490015', 'R-490016']);
  expect(await get('bookings/busy')).toEqual({ busy: [] });
  expect((await get('feeds/choices')).studios).toEqual(['Studio A', 'Studio B']);
});
