/** A whole life of a Google Calendar, on the stand-in: never run against the real one. */
import { inspect } from 'node:util';
import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addConnection, endConnection, listConnections } from '#db/queries/calendar-connections.ts';
import { googleCalendarUrl, makeGoogleCalendar } from '#notifications/calendars/google/calendar.ts';
import { openGoogleSession } from '#notifications/calendars/google/session.ts';
import { makeConnectedUser, rental, secrets, syncList, useDatabase } from '../../db/fixtures.ts';
import {
  googleError,
  startStandInGoogle,
  type GoogleAsked,
  type StandInGoogle,
} from '../../support/stand-in-google.ts';
import type { StoredEvent } from '../../support/stand-in-google-calendars.ts';
import { affected, rows, sql } from '../../support/sql.ts';
import { allow, pushAll } from './pushing.ts';
import type { PushDeps } from '#notifications/calendars/push-slice.ts';

const { em, orm } = useDatabase();
const season = Array.from({ length: 12 }, (_, index) => rental(`r${index}`));
let google: StandInGoogle;
let userId: string;
let id: string;
let refreshToken: string;

beforeEach(async () => {
  google = await startStandInGoogle();
  userId = await makeConnectedUser(em());
  refreshToken = google.grant();
  const session = openGoogleSession({ app: google.app, allow });
  session.client.setCredentials({ refresh_token: refreshToken });
  const calendarId = await makeGoogleCalendar(session, 'Gibney rentals');
  session.close();
  const { api } = google.app.endpoints;
  const calendarUrl = googleCalendarUrl(api, calendarId);
  const given = { kind: 'google' as const, serverUrl: api, username: 'Google Calendar', name: 'Gibney rentals' };
  const added = await addConnection(em(), secrets, userId, { ...given, calendarUrl, password: refreshToken }, 5);
  if ('refused' in added) throw new Error(`the calendar was refused: ${added.refused}`);
  ({ id } = added);
  await sync();
});
afterEach(() => google.close());

const sync = (list = season) => syncList(em(), userId, list);
const push = (options: Partial<PushDeps> = {}) => pushAll(orm(), em, id, { google: google.app, ...options });
const view = async () => (await listConnections(em(), userId, id))[0];
const calendar = () => [...google.calendars.values()][0]!;
const shown = () => [...calendar().events.values()].filter(({ status }) => status !== 'cancelled');

async function eventOf(recordId: string): Promise<StoredEvent> {
  const query = sql`select e.href from calendar_events e join bookings b on b.id = e.booking_id
    where e.connection_id = ${id} and b.record_id = ${recordId}`;
  const [row] = await rows<{ href: string }>(em(), query);
  return calendar().events.get(row!.href)!;
}

/** As the person does on Google's pages. */
async function asPerson(recordId: string, change: Partial<StoredEvent>): Promise<void> {
  const event = await eventOf(recordId);
  calendar().events.set(event.id, { ...event, ...change, etag: `${event.etag.slice(0, -1)}9"` });
}

const changed = (changes: Record<string, object>) => season.map((one) => ({ ...one, ...changes[one.recordId!] }));

function answerOnce(
  pick: (asked: GoogleAsked) => boolean,
  answer: (response: ServerResponse) => void,
  times = 1,
): void {
  let left = times;
  google.quirks.answer = (asked, response) => {
    if (left === 0 || !pick(asked)) return false;
    left -= 1;
    answer(response);
    return true;
  };
}
function inDetails(response: ServerResponse, status: number, reason: string): void {
  const error = { code: status, status: 'PERMISSION_DENIED', details: [{ reason, domain: 'googleapis.com' }] };
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ error }));
}
const isInsert = ({ method, path }: GoogleAsked) => method === 'POST' && path.endsWith('/events');

it('is filled in turns, several events at a time, and then asked for nothing until something changes', async () => {
  let [open, most] = [0, 0];
  const together = Promise.withResolvers<void>();
  google.quirks.answer = async (asked) => {
    if (!isInsert(asked)) return false;
    most = Math.max(most, (open += 1));
    if (most > 1) together.resolve();
    await together.promise;
    open -= 1;
    return false;
  };
  expect(await view()).toMatchObject({ kind: 'google', state: 'filling', pending: 12 });
  expect(await push({ turn: { events: 5, ms: 60_000 } })).toBe(12);
  expect(await view()).toMatchObject({ state: 'ok', pending: 0, error: null });
  expect(most).toBeGreaterThan(1);
  expect(most).toBeLessThanOrEqual(4);
  expect(shown()).toHaveLength(12);
  const before = google.asked.length;
  await sync();
  expect(await push()).toBe(0);
  expect(google.asked.length).toBe(before);
});

it('has each rental as an event of ours, at the studio’s clock', async () => {
  await push();
  const event = await eventOf('r7');
  expect(event.id).toMatch(/^[0-9a-f]{40}$/);
  expect(event).toMatchObject({
    summary: 'Studio A · R-r7',
    location: expect.stringContaining('Studio A') as string,
    description: expect.stringMatching(/^Rental: R-r7\nStatus: /) as string,
    status: 'confirmed',
    start: { timeZone: 'America/New_York', dateTime: expect.stringMatching(/-0[45]:00$/) as string },
    source: { title: 'Gibney', url: expect.stringMatching(/^https?:/) as string },
  });
  expect(event).not.toHaveProperty('reminders');
  const [{ starts_at: startsAt }] = (await rows(
    em(),
    sql`select starts_at from bookings where user_id = ${userId} and record_id = 'r7'`,
  )) as [{ starts_at: Date }];
  expect(Date.parse(event.start!.dateTime!)).toBe(new Date(startsAt).getTime());
});

it('takes a change, and what the person added stays', async () => {
  await push();
  const { description, summary } = await eventOf('r1');
  await asPerson('r1', {
    description: `${description!.replaceAll('\n', '<br>')}<br><b>knee pads</b>`,
    colorId: '11',
    reminders: { useDefault: false, overrides: [{ method: 'popup', minutes: 45 }] },
    transparency: 'transparent',
  });
  await asPerson('r3', { summary: 'Rehearsal with Bo' });
  await sync(changed({ r1: { studio: 'Studio 5' }, r2: { status: 'Canceled' }, r3: { status: 'Canceled' } }));
  expect(await view()).toMatchObject({ pending: 3 });
  google.asked.length = 0;
  expect(await push()).toBe(3);
  const after = await eventOf('r1');
  expect(after).toMatchObject({ colorId: '11', transparency: 'transparent', reminders: { useDefault: false } });
  expect(after.location).toMatch(/^Studio 5/);
  expect(after.summary).toBe(summary!.replace('Studio A', 'Studio 5'));
  expect(after.description!.match(/Rental: /g)).toHaveLength(1);
  expect(after.description).toContain('<b>knee pads</b>');
  // Not `cancelled`, which is Google's word for deleted.
  expect(await eventOf('r2')).toMatchObject({ status: 'confirmed', transparency: 'transparent' });
  expect((await eventOf('r2')).summary).toMatch(/^Canceled: /);
  expect((await eventOf('r3')).summary).toBe('Canceled: Rehearsal with Bo');
  expect(google.asked.filter(({ method }) => method === 'PATCH').every(({ headers }) => headers['if-match'])).toBe(
    true,
  );
  await sync();
  await push();
  expect((await eventOf('r3')).summary).toBe('Rehearsal with Bo');
  expect(await eventOf('r2')).not.toHaveProperty('transparency');
  expect((await eventOf('r1')).transparency).toBe('transparent');
});

it('finds its lines in notes that an editor made of them, and does not repeat them', async () => {
  await sync(changed({ r1: { name: 'R-1 & co' } }));
  await push();
  const { description } = await eventOf('r1');
  const [rentalLine, ...others] = description!.replaceAll('&', '&amp;').split('\n');
  await asPerson('r1', {
    description: `<html-blob><span>${rentalLine!}</span><br>${others.map((line) => `&nbsp;<b>${line}</b>`).join('<br>')}<br>knee <i>pads</i></html-blob>`,
  });
  for (const studio of ['Studio 5', 'Studio 6']) {
    await sync(changed({ r1: { name: 'R-1 & co', studio } }));
    await push();
  }
  const after = (await eventOf('r1')).description!;
  for (const line of [/Rental: /g, /Status: /g, /Price: /g]) expect(after.match(line) ?? []).toHaveLength(1);
  expect(after).toMatch(/^Rental: R-1 & co\nStatus: /);
  expect(after).toContain('knee <i>pads</i>');
});

it('reads again and merges what another program changed between our look and our write', async () => {
  await push();
  await sync(changed({ r4: { studio: 'Studio 7' } }));
  let meddled = 0;
  google.quirks.answer = async ({ method }) => {
    if (method === 'PATCH' && (meddled += 1) <= 2) await asPerson('r4', { colorId: String(meddled) });
    return false;
  };
  expect(await push()).toBe(1);
  expect(meddled).toBe(3);
  expect(await eventOf('r4')).toMatchObject({ colorId: '2', location: expect.stringMatching(/^Studio 7/) as string });
});

it('brings an event that the person deleted back only with news of it', async () => {
  await push();
  for (const one of ['r3', 'r4', 'r5']) await asPerson(one, { status: 'cancelled' });
  await rows(em(), sql`update calendar_events set content_hash = 'older' where connection_id = ${id}`);
  await push();
  expect(shown()).toHaveLength(9);
  await sync(changed({ r3: { studio: 'Studio 9' }, r4: { status: 'Declined' } }));
  await push();
  expect(await eventOf('r3')).toMatchObject({
    status: 'confirmed',
    location: expect.stringMatching(/^Studio 9/) as string,
  });
  expect([(await eventOf('r4')).status, (await eventOf('r5')).status]).toEqual(['cancelled', 'cancelled']);
  expect(await view()).toMatchObject({ state: 'ok', pending: 0, refused: 0 });
});

it('writes news of a deleted event under another id where Google will not have the first one again', async () => {
  google.quirks.buriesDeleted = true;
  await push();
  const { id: before } = await eventOf('r3');
  await asPerson('r3', { status: 'cancelled' });
  await sync(changed({ r3: { studio: 'Studio 9' } }));
  await push();
  const after = await eventOf('r3');
  expect(after.id).not.toBe(before);
  expect(after).toMatchObject({ status: 'confirmed', location: expect.stringMatching(/^Studio 9/) as string });
  expect(await view()).toMatchObject({ state: 'ok', pending: 0, refused: 0 });
  await sync(changed({ r3: { studio: 'Studio 10' } }));
  await push();
  expect((await eventOf('r3')).location).toMatch(/^Studio 10/);
});

it('makes an event that the person turned into one of all day one of its hours again', async () => {
  await push();
  await asPerson('r6', { start: { date: '2026-12-01' }, end: { date: '2026-12-02' } });
  await sync(changed({ r6: { studio: 'Studio 5' } }));
  await push();
  const { start, end } = await eventOf('r6');
  expect([Object.keys(start!), Object.keys(end!)]).toEqual([
    ['dateTime', 'timeZone'],
    ['dateTime', 'timeZone'],
  ]);
});

it('takes up what an earlier attempt wrote and could not note down', async () => {
  await push();
  await rows(em(), sql`delete from calendar_events where connection_id = ${id}`);
  const [first] = shown();
  calendar().events.set(first!.id, { ...first!, colorId: '7' });
  await push();
  expect(shown()).toHaveLength(12);
  expect(calendar().events.get(first!.id)!.colorId).toBe('7');
});

it('leaves out an event that Google will not take, and goes on', async () => {
  answerOnce(isInsert, (response) => googleError(response, 400, 'invalid'));
  expect(await push()).toBe(12);
  expect(await view()).toMatchObject({ state: 'ok', pending: 0, refused: 1 });
});

it('mends an event whose change Google refused: when it is canceled, and when all is taken out', async () => {
  await push();
  await sync(changed({ r1: { studio: 'Studio 5' }, r2: { studio: 'Studio 5' } }));
  const isPatch = ({ method }: GoogleAsked) => method === 'PATCH';
  answerOnce(isPatch, (response) => googleError(response, 400, 'invalid'), 2);
  await push();
  expect(await view()).toMatchObject({ state: 'ok', pending: 0, refused: 2 });
  await sync(changed({ r1: { studio: 'Studio 5', status: 'Canceled' }, r2: { studio: 'Studio 5' } }));
  await push();
  expect((await eventOf('r1')).summary).toMatch(/^Canceled: /);
  expect(await view()).toMatchObject({ refused: 1 });
  // So that the events are taken out one by one.
  const time = { dateTime: '2026-12-01T15:00:00Z', timeZone: 'UTC' };
  calendar().events.set('own1', { id: 'own1', etag: '"1"', status: 'confirmed', start: time, end: time });
  await endConnection(em(), { userId, id, keepEvents: false });
  await push();
  expect(shown().map((event) => event.id)).toEqual(['own1']);
});

describe('a push ends as', () => {
  it.each([
    ['403 rateLimitExceeded', 'rate_limited', (response) => googleError(response, 403, 'rateLimitExceeded')],
    ['403 userRateLimitExceeded', 'rate_limited', (response) => googleError(response, 403, 'userRateLimitExceeded')],
    ['403 quotaExceeded', 'rate_limited', (response) => googleError(response, 403, 'quotaExceeded')],
    ['403 with details alone', 'rate_limited', (response) => inDetails(response, 403, 'RATE_LIMIT_EXCEEDED')],
    ['429', 'rate_limited', (response) => googleError(response, 429, 'rateLimitExceeded', { 'retry-after': '7' })],
    [
      '403 insufficientPermissions',
      'access_revoked',
      (response) => googleError(response, 403, 'insufficientPermissions'),
    ],
    ['403 accessNotConfigured', 'internal', (response) => googleError(response, 403, 'accessNotConfigured')],
    ['403 forbidden', 'not_allowed', (response) => googleError(response, 403, 'forbidden')],
    ['503', 'server_unavailable', (response) => googleError(response, 503, 'backendError', { 'retry-after': '7' })],
    ['a cut connection', 'server_unavailable', (response) => void response.destroy()],
  ] as [string, string, (response: ServerResponse) => void][])('%s: %s', async (name, code, answer) => {
    answerOnce(isInsert, answer);
    const retryAfterMs = /429|503/.test(name) ? { retryAfterMs: 7_000 } : {};
    await expect(push()).rejects.toMatchObject({ code, ...retryAfterMs });
    await push();
    expect(shown()).toHaveLength(12);
  });

  it.each([
    ['500', (response) => googleError(response, 500, 'backendError')],
    ['302', (response) => void response.writeHead(302, { location: 'https://x.test/' }).end()],
    ['405', (response) => googleError(response, 405, 'httpMethodNotAllowed')],
    ['408', (response) => googleError(response, 408, 'timeout')],
    ['404 though the calendar is there', (response) => googleError(response, 404, 'notFound')],
    [
      'a page that is no event',
      (response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<p>Sorry</p>'),
    ],
  ] as [string, (response: ServerResponse) => void][])('well for all but the event that met %s', async (_, answer) => {
    answerOnce(isInsert, answer);
    expect(await push()).toBe(11);
    expect(await view()).toMatchObject({ state: 'filling', error: null, pending: 1 });
    await affected(em(), sql`update calendar_events set retry_at = now() where retry_at is not null`);
    expect(await push()).toBe(1);
    expect(shown()).toHaveLength(12);
  });

  it('access_revoked where the refresh token is no longer good, and nothing more is asked', async () => {
    google.refreshTokens.clear();
    await expect(push()).rejects.toMatchObject({ code: 'access_revoked' });
    expect(google.asked.filter(({ path }) => path === '/token').length).toBe(2);
    expect(google.count('POST', '/events')).toBe(0);
  });

  it('internal where Google does not know us', async () => {
    const app = { ...google.app, clientSecret: 'another' };
    await expect(push({ google: app })).rejects.toMatchObject({ code: 'internal' });
    await expect(push({ google: null })).rejects.toMatchObject({ code: 'internal' });
  });

  it('calendar_gone where the person deleted the calendar, also when only changes are written', async () => {
    await push();
    google.calendars.clear();
    await sync(changed({ r1: { studio: 'Studio 5' } }));
    await expect(push()).rejects.toMatchObject({ code: 'calendar_gone' });
  });

  it('server_unavailable where an answer never ends', async () => {
    google.quirks.answer = (asked, response) => {
      if (!isInsert(asked)) return false;
      const pour = () => void (response.destroyed || response.write('x'.repeat(10_000), () => setImmediate(pour)));
      pour();
      return true;
    };
    await expect(push({ limits: { maxBytes: 100_000 } })).rejects.toMatchObject({ code: 'server_unavailable' });
    await expect(push({ limits: { timeoutMs: 200, maxBytes: 1e12 } })).rejects.toMatchObject({
      code: 'server_unavailable',
    });
  });

  it('something that holds no secret, whatever failed', async () => {
    for (const path of ['/token', '/events']) {
      answerOnce(
        (asked) => asked.path.includes(path),
        (response) => googleError(response, 500, 'backendError'),
        8,
      );
      const error: unknown = await push().catch((thrown: unknown) => thrown);
      expect(inspect(error, { depth: 20, showHidden: true })).not.toMatch(/planted/);
    }
  });

  it('a try again where the access token alone is no longer good', async () => {
    answerOnce(isInsert, (response) => googleError(response, 401, 'authError'));
    expect(await push()).toBe(12);
    expect(google.count('POST', '/token')).toBeGreaterThanOrEqual(2);
  });
});

describe('disconnected', () => {
  const end = (keepEvents: boolean) => endConnection(em(), { userId, id, keepEvents });
  const isForgotten = async () =>
    (await rows(em(), sql`select 1 from calendar_connections where id = ${id}`)).length === 0;

  it('takes the whole calendar away where all in it is ours, and gives access back', async () => {
    await push();
    google.quirks.pageSize = 5;
    google.asked.length = 0;
    expect(await end(false)).toBe(true);
    expect(await view()).toBeUndefined();
    await push();
    expect(google.calendars.size).toBe(0);
    expect(google.refreshTokens.size).toBe(0);
    expect(google.count('GET', '/events')).toBe(3);
    expect(google.count('DELETE')).toBe(1);
    expect(await isForgotten()).toBe(true);
  });

  it('takes out our events and leaves the calendar where the person has something of their own there', async () => {
    await push();
    const time = { dateTime: '2026-12-01T15:00:00Z', timeZone: 'UTC' };
    calendar().events.set('own1', {
      id: 'own1',
      etag: '"1"',
      status: 'confirmed',
      summary: 'Dentist',
      start: time,
      end: time,
    });
    await end(false);
    await push({ turn: { events: 5, ms: 60_000 } });
    expect(shown().map(({ summary }) => summary)).toEqual(['Dentist']);
    expect(google.refreshTokens.size).toBe(0);
    expect(await isForgotten()).toBe(true);
  });

  it('leaves everything where that is wished, and gives access back all the same', async () => {
    await push();
    expect(await end(true)).toBe(true);
    expect(await view()).toBeUndefined();
    await push();
    expect(shown()).toHaveLength(12);
    expect(google.refreshTokens.size).toBe(0);
    expect(await isForgotten()).toBe(true);
  });

  it('is as good where the calendar or the access is gone already', async () => {
    google.calendars.clear();
    await end(false);
    await push();
    expect(google.refreshTokens.size).toBe(0);
    expect(await isForgotten()).toBe(true);
  });

  it('never has a token in an address', async () => {
    await push();
    await end(false);
    await push();
    for (const { path, query } of google.asked) expect(`${path}?${query.toString()}`).not.toContain('planted');
    expect(google.asked.filter(({ body }) => body.includes(encodeURIComponent(refreshToken))).length).toBeGreaterThan(
      1,
    );
  });
});
