/** Call sheets as their owner makes them through the API, and what is nobody else's business. */
import { beforeAll, expect, it } from 'vitest';
import { useApp, type TestUser } from './support/app.ts';
import { seedBooking } from './support/calendar.ts';
import { trpcClient } from './support/trpc.ts';

const app = await useApp();
const day = (number: number, hour = 23) => new Date(Date.UTC(2030, 5, number, hour)).toISOString();
let owner: TestUser;
let stranger: TestUser;
let bookingId: string;

beforeAll(async () => {
  owner = await app.newUser();
  stranger = await app.newUser();
  bookingId = await seedBooking(app, owner.id, { startsAt: day(10), endsAt: day(11, 1) });
});

const call = (method: string, path: string, body?: unknown, { token } = owner) =>
  app.call(method, `/api/v1/call-sheets${path}`, { token, ...(body !== undefined && { body }) });
const make = async (given: object) => (await call('POST', '', { title: 'Spring', ...given })).json;
const pageOf = (url: string) => app.call('GET', new URL(`${url}.ics`).pathname);

it('is made for a rental or a period, changed, listed and deleted', async () => {
  const made = await call('POST', '', { title: 'Spring piece', booking_id: bookingId });
  expect(made.status).toBe(201);
  expect(made.json).toMatchObject({ booking_id: bookingId, from: null, state: 'open', guests: 0, names_shown: false });
  const period = await make({ from: '2030-06-10', to: '2030-06-10', note: 'a\r\nb' });
  expect(period).toMatchObject({ from: '2030-06-10', to: '2030-06-10', note: 'a\nb', booking_id: null });
  const { json } = await call('GET', `/${period.id}`);
  expect(json.rentals).toMatchObject([{ booking_id: bookingId, fate: 'stands', was: null, answers: [] }]);
  expect(JSON.stringify(json.rentals)).not.toMatch(/price|record/);

  const changed = await call('PATCH', `/${period.id}`, { title: 'Summer', names_shown: true });
  expect(changed.json).toMatchObject({ title: 'Summer', names_shown: true, note: 'a\nb', url: period.url });
  const listed = (await call('GET', '')).json;
  expect(listed.call_sheets).toMatchObject([{ title: 'Summer' }, { title: 'Spring piece' }]);
  expect((await call('DELETE', `/${period.id}`)).status).toBe(204);
  expect((await call('GET', `/${period.id}`)).status).toBe(404);
  expect((await pageOf(period.url)).status).toBe(404);
});

it('is made for a group by its owner alone', async () => {
  const { json } = await app.call('POST', '/api/v1/groups', { token: owner.token, body: { name: 'Troupe' } });
  const group = (json as { id: string }).id;
  await app.database.query(`update bookings set group_id = $1, grouped_by = 'hand' where id = $2`, [group, bookingId]);
  const made = await make({ group_id: group });
  expect(made).toMatchObject({ group_id: group, group_name: 'Troupe', booking_id: null, from: null });
  expect((await call('GET', `/${made.id}`)).json.rentals).toMatchObject([{ booking_id: bookingId }]);
  await app.database.query(`insert into group_members (group_id, user_id, role) values ($1, $2, 'editor')`, [
    group,
    stranger.id,
  ]);
  expect((await call('POST', '', { title: 'Mine', group_id: group }, stranger)).status).toBe(404);
});

it.each([
  [{}, 'from'],
  [{ from: '2030-06-10' }, 'to'],
  [{ from: '2030-06-10', to: '2030-06-09' }, 'to'],
  [{ from: '2030-06-10', to: '2032-06-10' }, 'to'],
  [{ from: '2030-06-10', to: '2030-06-10', title: ' ' }, 'title'],
  [{ from: '2030-06-10', to: '2030-06-10', expires_at: '2020-01-01T00:00:00Z' }, 'expires_at'],
  [{ from: '2030-06-10', to: '2030-06-10', note: 'x'.repeat(1_001) }, 'note'],
])('%j is refused at %s', async (given, field) => {
  const { status, json } = await call('POST', '', { title: 'Spring', ...given });
  expect([status, Object.keys(json.errors ?? json.fields ?? {})]).toEqual([422, [field]]);
});

it('has a link that is taken back and renewed', async () => {
  const { id, url } = await make({ booking_id: bookingId });
  expect((await pageOf(url)).status).toBe(200);
  expect((await call('POST', `/${id}/revoke`)).json.state).toBe('revoked');
  expect((await pageOf(url)).status).toBe(410);
  const renewed = (await call('POST', `/${id}/rotate`)).json;
  expect(renewed.state).toBe('open');
  expect((await pageOf(url)).status).toBe(404);
  expect((await pageOf(renewed.url)).status).toBe(200);
});

it('of somebody else is not found by any call, nor made of their rental', async () => {
  const { id, url } = await make({ booking_id: bookingId });
  for (const [method, path, body] of [
    ['GET', `/${id}`],
    ['PATCH', `/${id}`, { title: 'Mine' }],
    ['POST', `/${id}/revoke`],
    ['POST', `/${id}/rotate`],
    ['DELETE', `/${id}`],
    ['DELETE', `/${id}/guests/${id}`],
    ['POST', '', { title: 'Mine', booking_id: bookingId }],
  ] as const)
    expect([path, (await call(method, path, body, stranger)).status]).toEqual([path, 404]);
  expect((await call('GET', '', undefined, stranger)).json.call_sheets).toEqual([]);
  const theirs = trpcClient(app.url, stranger.token).callSheets;
  expect(await theirs.answersTo.query({ bookingId })).toEqual([]);
  expect((await call('GET', `/${id}`)).json).toMatchObject({ title: 'Spring', state: 'open', url });
});
