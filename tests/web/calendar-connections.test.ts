/** Connecting a calendar by the API: the login is tried, refusals say why, and the password never comes out. */
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { noteWritten, readPushWork } from '#db/queries/calendar-events.ts';
import { startStandInCalendar } from '../support/stand-in-calendar.ts';
import { useApp } from './support/app.ts';
import type { TestUser } from './support/app.ts';
import { seedBooking } from './support/calendar.ts';
import { quietTemporal } from './support/temporal-double.ts';
import { trpcClient } from './support/trpc.ts';

const temporal = quietTemporal();
const app = await useApp({ temporal, env: { OUTBOUND_ALLOW: '127.0.0.1' } });
const server = await startStandInCalendar();
const path = '/api/v1/user/calendar-connections';
const body = { kind: 'caldav', ...server.login };
let user: TestUser;

beforeEach(async () => {
  user = await app.newUser();
  server.quirks.answer = () => false;
  temporal.calls.length = 0;
});
afterAll(() => server.close());

const connect = (over: object = {}) => app.call('POST', path, { token: user.token, body: { ...body, ...over } });

it('makes a calendar, tells the worker, and says how it stands', async () => {
  await seedBooking(app, user.id);
  const made = await connect({ name: 'Studio time' });
  expect(made.status).toBe(201);
  expect(made.json).toEqual({
    id: expect.any(String),
    kind: 'caldav',
    name: 'Studio time',
    username: 'ann',
    state: 'filling',
    calendar_url: expect.stringMatching(/\/dav\/calendars\/ann\/gibney-.*\/$/),
    last_pushed_at: null,
    pending: 1,
    refused: 0,
    error: null,
    error_message: null,
    busy_calendars: [],
    created_at: expect.stringMatching(/Z$/),
  });
  const { id } = made.json;
  expect(temporal.calls).toEqual([`pushCalendar ${id}`]);
  const list = await app.call('GET', path, { token: user.token });
  expect(list.json).toEqual({ connections: [made.json] });
  expect((await app.call('GET', `${path}/${id}`, { token: user.token })).json).toEqual(made.json);
  const exported = await app.call('GET', '/api/v1/user/export', { token: user.token });
  expect(exported.json.calendar_connections).toHaveLength(1);
  expect(list.text + exported.text).not.toContain('app-pass');
  const { rows } = await app.database.query('select password_sealed from calendar_connections');
  for (const { password_sealed: sealed } of rows as { password_sealed: string }[]) expect(sealed).toMatch(/^v1\./);
});

it('says of one rental how it stands in each calendar, and nothing to others', async () => {
  const bookingId = await seedBooking(app, user.id);
  const { id } = (await connect()).json as { id: string };
  const silent = { answer_status: null, answer_reason: null };
  const stands = async (token = user.token) =>
    (await app.call('GET', `/api/v1/user/bookings/${bookingId}/calendars`, { token })).json.calendars as object[];
  const row = {
    connection_id: id,
    kind: 'caldav',
    name: 'Gibney rentals',
    error: null,
    error_message: null,
    ...silent,
  };
  expect(await stands()).toEqual([{ ...row, state: 'waiting', written_at: null }]);

  await app.database.query(
    `update calendar_connections set state = 'needs_you', error = 'credentials_refused' where id = $1`,
    [id],
  );
  expect(await stands()).toEqual([
    { ...row, state: 'waiting', written_at: null, error: 'credentials_refused', error_message: expect.any(String) },
  ]);

  const em = app.services.orm.em.fork();
  const [work] = await readPushWork(em, id, new Date(), 1);
  const { contentHash, sequence } = work!;
  const event = { bookingId, href: 'a', name: 'a', etag: null, contentHash, sequence };
  for (const state of ['written', 'deleted', 'refused'] as const) {
    await noteWritten(em, id, { ...event, state });
    expect(await stands()).toEqual([{ ...row, state, written_at: expect.stringMatching(/Z$/) }]);
  }
  const answer = { answerStatus: 403, answerReason: 'max-resource-size' };
  await noteWritten(em, id, { ...event, state: 'refused', ...answer });
  expect(await stands()).toMatchObject([{ state: 'refused', answer_status: 403, answer_reason: 'max-resource-size' }]);
  const other = await app.newUser();
  expect(await stands(other.token)).toEqual([]);
});

it('takes a calendar that is there, once, and five at most', async () => {
  const calendarUrl = `${server.url}dav/calendars/ann/home`;
  expect((await connect({ calendar_url: calendarUrl })).json).toMatchObject({
    name: 'Home',
    calendar_url: `${calendarUrl}/`,
  });
  expect((await connect({ calendar_url: calendarUrl })).json).toMatchObject({ code: 'validation_failed' });
  expect((await connect({ calendar_url: `${calendarUrl}-not` })).json).toMatchObject({ code: 'calendar_gone' });
  for (let more = 0; more < 4; more += 1) expect((await connect()).status).toBe(201);
  expect((await connect()).status).toBe(422);
});

describe('is refused with 422 and', () => {
  it.each([
    ['credentials_refused', 401],
    ['not_allowed', 403],
    ['not_a_calendar_server', 404],
    ['server_unavailable', 429],
    ['server_unavailable', 500],
  ])('%s where the server says %s', async (code, status) => {
    server.quirks.answer = (_asked, response) => {
      response.writeHead(status).end();
      return true;
    };
    expect((await connect()).json).toMatchObject({ status: 422, code, detail: expect.stringMatching(/\.$/) });
    expect((await app.call('GET', path, { token: user.token })).json.connections).toEqual([]);
  });

  it.each([
    ['http://10.0.0.1/', 'address_refused'],
    ['https://169.254.169.254/latest', 'address_refused'],
    ['127.0.0.1:1', 'server_unavailable'],
  ])('%s: %s', async (url, code) => expect((await connect({ url })).json).toMatchObject({ status: 422, code }));

  it.each([
    [{ url: 'ftp://calendar.test' }, 'url'],
    [{ url: 'https://ann:secret@calendar.test' }, 'url'],
    [{ username: 'a:b' }, 'username'],
    [{ password: '' }, 'password'],
    [{ kind: 'google' }, 'kind'],
  ])('%j named as the field %s', async (over, field) => {
    const { status, json } = await connect(over);
    expect([status, Object.keys(json.errors ?? json.fields)]).toEqual([422, [field]]);
  });
});

it('is tried again with a new app password', async () => {
  const { json } = await connect();
  temporal.calls.length = 0;
  const again = await app.call('POST', `${path}/${json.id}/retry`, { token: user.token, body: { password: 'newer' } });
  expect([again.status, again.json.state]).toEqual([202, 'filling']);
  expect((await app.call('POST', `${path}/${json.id}/retry`, { token: user.token })).status).toBe(202);
  expect(temporal.calls).toEqual([`pushCalendar ${json.id}`, `pushCalendar ${json.id}`]);
});

it('is disconnected, and gone at once; with keep_events the worker need not know', async () => {
  const [one, two] = [await connect(), await connect()];
  temporal.calls.length = 0;
  const end = (id: string, query = '') => app.call('DELETE', `${path}/${id}${query}`, { token: user.token });
  expect((await end(one.json.id)).status).toBe(204);
  expect(temporal.calls).toEqual([`pushCalendar ${one.json.id}`]);
  expect((await end(two.json.id, '?keep_events=true')).status).toBe(204);
  expect((await end(two.json.id)).status).toBe(404);
  expect((await end(one.json.id)).status).toBe(404);
  expect(temporal.calls).toHaveLength(1);
  expect((await app.call('GET', path, { token: user.token })).json.connections).toEqual([]);
});

it('that is disconnected is not connected again before our events are out of it, and the removal is hurried', async () => {
  const calendarUrl = `${server.url}dav/calendars/ann/home`;
  const { json } = await connect({ calendar_url: calendarUrl });
  await app.call('DELETE', `${path}/${json.id}`, { token: user.token });
  temporal.calls.length = 0;
  const refused = await connect({ calendar_url: calendarUrl });
  expect(refused.json).toMatchObject({ status: 422, code: 'validation_failed' });
  expect(refused.json.detail).toContain('still being removed');
  expect(temporal.calls).toEqual([`pushCalendar ${json.id}`]);
});

it('is another user’s for nobody else', async () => {
  const { json } = await connect();
  const { token } = await app.newUser();
  expect((await app.call('GET', path, { token })).json.connections).toEqual([]);
  for (const [method, rest] of [
    ['GET', ''],
    ['POST', '/retry'],
    ['DELETE', ''],
    ['DELETE', '?keep_events=true'],
  ] as const)
    expect((await app.call(method, `${path}/${json.id}${rest}`, { token })).status).toBe(404);
  expect((await app.call('GET', `${path}/${json.id}`, { token: user.token })).status).toBe(200);
});

it('is saved also while Temporal is away', async () => {
  temporal.away = true;
  expect((await connect()).status).toBe(201);
  temporal.away = false;
});

it('is chosen in two steps, of which only their owner can take the second', async () => {
  const { calendarConnections: mine } = trpcClient(app.url, user.token);
  const { setup, calendars } = await mine.find.mutate(server.login);
  expect(calendars).toContainEqual({ url: `${server.url}dav/calendars/ann/home/`, name: 'Home' });
  expect(Buffer.from(setup, 'base64url').toString('latin1') + setup).not.toContain('app-pass');
  const { calendarConnections: theirs } = trpcClient(app.url, (await app.newUser()).token);
  await expect(theirs.choose.mutate({ setup })).rejects.toThrow('took too long');
  await expect(mine.choose.mutate({ setup, name: 'Mine' })).resolves.toMatchObject({ name: 'Mine', state: 'filling' });
});

describe('the calendars that say when the person has something else', () => {
  const home = `${server.url}dav/calendars/ann/home/`;
  const choose = (id: string, calendarUrls: string[], token = user.token) =>
    app.call('PUT', `${path}/${id}/busy-calendars`, { token, body: { calendar_urls: calendarUrls } });

  it('are others of the account, none until they are chosen, and none again', async () => {
    const { id } = (await connect()).json;
    const others = await app.call('GET', `${path}/${id}/others`, { token: user.token });
    expect(others.json.calendars).toContainEqual({ url: home, name: 'Home' });
    expect(others.text).not.toContain(
      (await app.call('GET', `${path}/${id}`, { token: user.token })).json.calendar_url,
    );
    temporal.calls.length = 0;
    expect((await choose(id, [home])).json).toMatchObject({ busy_calendars: [{ url: home, name: 'Home' }] });
    expect(temporal.calls).toEqual([`pushCalendar ${id}`]);
    expect((await choose(id, [])).json).toMatchObject({ busy_calendars: [] });
  });

  it('are no others than the server names, and of nobody else’s account', async () => {
    const { id } = (await connect()).json;
    for (const url of ['https://elsewhere.test/cal/', `${server.url}dav/calendars/bob/home/`])
      expect((await choose(id, [home, url])).json).toMatchObject({ code: 'calendar_gone' });
    const stranger = await app.newUser();
    for (const urls of [[home], []]) expect((await choose(id, urls, stranger.token)).status).toBe(404);
    expect((await app.call('GET', `${path}/${id}/others`, { token: stranger.token })).status).toBe(404);
  });
});

it('says that our events cannot be taken out while the calendar shuts us out, and can leave them', async () => {
  const { id } = (await connect()).json as { id: string };
  const { token } = user;
  const needsYou = (which: string, error: string) =>
    app.database.query(`update calendar_connections set state = 'needs_you', error = $2 where id = $1`, [which, error]);
  await needsYou(id, 'credentials_refused');
  const refused = await app.call('DELETE', `${path}/${id}`, { token });
  expect(refused.json).toMatchObject({ status: 422, code: 'validation_failed' });
  expect(refused.text).toContain('leave them');
  expect((await app.call('GET', `${path}/${id}`, { token })).status).toBe(200);
  expect((await app.call('DELETE', `${path}/${id}?keep_events=true`, { token })).status).toBe(204);
  const other = (await connect()).json as { id: string };
  await needsYou(other.id, 'calendar_gone');
  expect((await app.call('DELETE', `${path}/${other.id}`, { token })).status).toBe(204);
});
