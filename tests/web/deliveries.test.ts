import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { closing, defaults, rental, syncList } from '../db/fixtures.ts';
import { addTarget } from '../db/targets.ts';
import { closeSyncJob } from '#db/queries/close-sync-job.ts';
import { until } from '../support/until.ts';
import { useApp } from './support/app.ts';
import { quietTemporal } from './support/temporal-double.ts';

interface Delivery {
  id: string;
  event: string;
  booking_id: string;
}

const temporal = quietTemporal();
const app = await useApp({ temporal });
const em = () => app.services.orm.em.fork();

async function dancer() {
  const user = await app.newUser();
  await app.call('PUT', '/api/v1/user/credentials', { token: user.token, body: { username: 'd', password: 'p' } });
  return user;
}

it('what happened is read page by page, and a reader goes on later from where it was', async () => {
  const { id, token } = await dancer();
  await syncList(em(), id, [rental('a'), rental('b')]);
  const get = async (query: string) => (await app.call('GET', `/api/v1/user/events?${query}`, { token })).json;
  const first = await get('limit=2');
  expect((first.events as { type: string }[]).map(({ type }) => type)).toEqual(['booking.added', 'booking.added']);
  const second = await get(`limit=2&cursor=${first.next_cursor}`);
  expect(second).toMatchObject({ events: [{ type: 'sync.completed' }], next_cursor: null });
  expect((await get(`cursor=${second.last_cursor}`)).events).toEqual([]);
  await syncList(em(), id, [rental('a', { studio: 'Studio 3' }), rental('b')]);
  const later = await get(`cursor=${second.last_cursor}`);
  expect(later.events[0]).toMatchObject({
    type: 'booking.changed',
    data: { booking: { studio: 'Studio 3' }, before: { studio: 'Studio A' }, after: { studio: 'Studio 3' } },
  });
  expect((await app.call('GET', '/api/v1/user/events?cursor=nonsense', { token })).json.code).toBe('bad_cursor');
});

it('what was sent where is told of one booking and one channel, and sent again by its owner alone', async () => {
  const { id, token } = await dancer();
  const stranger = await app.newUser();
  const targetId = await addTarget(em(), id);
  await syncList(em(), id, [rental('a'), rental('b')]);
  const list = async (query = '', as = token) =>
    (await app.call('GET', `/api/v1/user/deliveries${query}`, { token: as })).json.deliveries;
  const all = await list();
  expect(all).toHaveLength(3);
  const added = (all as Delivery[]).find(({ event }) => event === 'booking.added')!;
  expect(added).toMatchObject({ channel: 'webhook', target_id: targetId, status: 'pending', attempts: [] });
  expect(await list(`?booking_id=${added.booking_id}`)).toEqual([added]);
  expect(await list('?channel=mail')).toEqual([]);
  expect(await list('', stranger.token)).toEqual([]);
  const retry = `/api/v1/user/deliveries/${added.id}/retry`;
  expect((await app.call('POST', retry, { token: stranger.token })).status).toBe(404);
  expect((await app.call('POST', `/api/v1/user/deliveries/${randomUUID()}/retry`, { token })).status).toBe(404);
  expect((await app.call('POST', retry, { token })).status).toBe(202);
  await until('its delivery is started', () => temporal.calls.includes(`deliver ${targetId}`));
});

it('all of it is in the export, and goes with the account', async () => {
  const { id, token, password } = await dancer();
  await app.call('POST', '/api/v1/user/webhooks', { token, body: { url: 'https://receiver.invalid/' } });
  const { jobId } = await syncList(em(), id, [rental('a')]);
  await closeSyncJob(em(), closing({ userId: id, jobId }), defaults);
  const { json } = await app.call('GET', '/api/v1/user/export', { token });
  expect([json.events.length, json.deliveries.length, json.webhooks.length]).toEqual([2, 2, 1]);
  expect((await app.call('DELETE', '/api/v1/user', { token, body: { password } })).status).toBe(204);
  for (const table of ['events', 'deliveries', 'delivery_targets']) {
    const { rows } = await app.database.query(`select 1 from ${table} where user_id = $1`, [id]);
    expect(rows).toEqual([]);
  }
});
