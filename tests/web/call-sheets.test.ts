/** Call sheets as their owner makes them through the API, and what is nobody else's business. */
import { beforeAll, describe, expect, it } from 'vitest';
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

describe('the end of a link', () => {
  const sync = (id: string, startsAt: string, removedAt: string | null = null) =>
    app.database.query(
      `update bookings set starts_at = $2, ends_at = $2::timestamptz + interval '1 hour', removed_at = $3 where id = $1`,
      [id, startsAt, removedAt],
    );
  const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();
  const over = (id: string) =>
    app.database.query(`update call_sheets set expires_at = now() - interval '1 day' where id = $1`, [id]);
  const readAgain = async (id: string) => {
    const { call_sheets: all } = (await call('GET', '')).json as { call_sheets: { id: string; expires_at: string }[] };
    return all.find((one) => one.id === id)!;
  };

  it('that nobody chose follows the rental, also where the link has ended, and is never sooner than was said', async () => {
    const id = await seedBooking(app, owner.id, { startsAt: inDays(2) });
    const made = await make({ booking_id: id });
    expect(made).toMatchObject({ follows_rentals: true, ends_early: false });
    await over(made.id);
    await sync(id, inDays(-20));
    expect((await pageOf(made.url)).status).toBe(410);
    await sync(id, inDays(30));
    expect((await pageOf(made.url)).status).toBe(200);
    const moved = await readAgain(made.id);
    expect(Date.parse(moved.expires_at)).toBeGreaterThan(Date.parse(inDays(37)) - 60_000);
    await sync(id, inDays(3));
    expect((await readAgain(made.id)).expires_at).toBe(moved.expires_at);
    await sync(id, inDays(300), inDays(-1));
    expect((await readAgain(made.id)).expires_at).toBe(moved.expires_at);
    await call('POST', `/${made.id}/revoke`);
    await sync(id, inDays(300));
    expect((await pageOf(made.url)).status).toBe(410);
  });

  it('that the owner chose stays, and is said to be early', async () => {
    const id = await seedBooking(app, owner.id, { startsAt: inDays(2) });
    const made = await make({ booking_id: id, expires_at: inDays(5) });
    expect(made).toMatchObject({ follows_rentals: false, ends_early: false });
    await sync(id, inDays(30));
    expect(await readAgain(made.id)).toMatchObject({ expires_at: made.expires_at, ends_early: true });
    const freed = (await call('PATCH', `/${made.id}`, { expires_at: null })).json;
    expect(freed).toMatchObject({ follows_rentals: true, ends_early: false });
  });
});

it('tells guests how old it is, in the calendar too, and nothing of the owner’s account', async () => {
  const host = await app.newUser();
  const id = await seedBooking(app, host.id);
  const { url } = (await call('POST', '', { title: 'Spring', booking_id: id, note: 'Bring shoes' }, host)).json;
  const synced = (ago: string) =>
    app.database.query(
      `insert into portal_accounts (user_id, username, password_sealed, state, paused_reason, last_sync_at)
        values ($1, 'x', 'v1.x', 'connected', 'invalid_credentials', now() - $2::interval)
        on conflict (user_id) do update set last_sync_at = excluded.last_sync_at`,
      [host.id, ago],
    );
  await synced('5 minutes');
  expect((await pageOf(url)).text).not.toContain('Not up to date');
  await synced('3 days');
  const { text } = await pageOf(url);
  const calendar = text.replace(/\r\n /g, '');
  expect(calendar).toContain('Not up to date: checked 3 days ago. Bring shoes');
  expect(calendar).toContain('SUMMARY:Rentals not up to date: ask who invited you.');
  expect(calendar).not.toMatch(/password|dashboard/i);
});
