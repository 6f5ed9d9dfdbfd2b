/** The workflow that keeps a connected calendar up to date, on a real Temporal server, against a stand-in calendar. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

import { expect, it } from 'vitest';

import { listClashes, watchCalendars } from '#db/queries/calendar-clashes.ts';
import { endConnection, readPushTarget, reviveConnection } from '#db/queries/calendar-connections.ts';
import { listDeliveries, listWaitingTargets } from '#db/queries/deliveries.ts';
import { utc } from '#notifications/calendars/vevent.ts';

import { deliverId } from '#workflows/names.ts';
import { rental, secrets, syncList } from '../db/fixtures.ts';
import { type Connected } from '../notifications/calendars/pushing.ts';

import { affected, sql } from '../support/sql.ts';

import { until } from '../support/until.ts';

import { closers, connected, em, eventsOf, server, stateOf, temporal, workflowOf } from './calendar-workers.ts';

it('fills a calendar turn by turn and ends; no name, address or password is in its history', async () => {
  const one = await connected(25);
  await temporal.pushCalendar(one.id);
  await workflowOf(one).result();
  expect(await stateOf(one)).toMatchObject({ state: 'ok', pending: 0, error: null });
  expect(eventsOf(one)).toHaveLength(25);
  const history = await workflowOf(one).fetchHistory();
  const text = JSON.stringify(history, (_, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : value,
  );
  expect(text).not.toMatch(/R-r1|Studio|app-pass|127\.0\.0\.1.*dav|gibney-sync\/rentals/);
  expect(history.events!.filter((event) => event.activityTaskScheduledEventAttributes)).toHaveLength(3);
});

it('waits as long as the server says, and tries at once when it is asked to', async () => {
  const one = await connected(3);
  server.quirks.answer = ({ method }, response) => {
    if (method !== 'PUT') return false;
    response.writeHead(429, { 'retry-after': '3600' }).end();
    return true;
  };
  await temporal.pushCalendar(one.id);
  await until('it is told to wait', async () => (await stateOf(one)).error === 'rate_limited');
  expect(await stateOf(one)).toMatchObject({ state: 'filling', pending: 3 });
  const { raw } = await until('it waits', async () => {
    const found = await workflowOf(one).describe();
    return found.raw.pendingActivities?.[0]?.lastFailure && found;
  });
  expect(raw.pendingActivities![0]).toMatchObject({ attempt: 2, lastFailure: { message: 'rate_limited (429)' } });
  server.quirks.answer = () => false;
  await temporal.ensurePush(one.id);
  await temporal.pushCalendar(one.id, { again: true });
  await workflowOf(one).result();
  expect(await stateOf(one)).toMatchObject({ state: 'ok', pending: 0, error: null });
});

it('says at once that the password no longer works, asks nothing more, and goes on with a new one', async () => {
  const one = await connected(3);
  server.quirks.answer = ({ headers }, response) => {
    if (headers.authorization !== `Basic ${Buffer.from('ann:app-pass').toString('base64')}`) return false;
    response.writeHead(401).end();
    return true;
  };
  await temporal.pushCalendar(one.id);
  await workflowOf(one).result();
  expect(await stateOf(one)).toMatchObject({ state: 'needs_you', error: 'credentials_refused', pending: 3 });
  expect((await listDeliveries(em(), one.userId, { limit: 10 })).deliveries).toMatchObject([
    { channel: 'mail', event: 'calendar.needs_you', status: 'pending' },
  ]);
  const [mail] = await listWaitingTargets(em(), one.userId);
  await until('its delivery is begun', () =>
    temporal.client.workflow
      .getHandle(deliverId(mail!))
      .describe()
      .catch(() => false),
  );
  const asked = server.asked.length;
  await syncList(em(), one.userId, [rental('r0', { studio: 'Studio 4' })]);
  await temporal.pushCalendar(one.id);
  await workflowOf(one).result();
  expect(server.asked.length).toBe(asked);
  expect(await reviveConnection(em(), secrets, { userId: one.userId, id: one.id, password: 'newer' })).toBe(true);
  expect(await stateOf(one)).toMatchObject({ state: 'filling' });
  await temporal.pushCalendar(one.id, { again: true });
  await workflowOf(one).result();
  expect(await stateOf(one)).toMatchObject({ state: 'ok', pending: 0 });
  server.quirks.answer = () => false;
});

it('goes on by itself after a password was refused that is accepted later', async () => {
  const one = await connected(3);
  server.quirks.answer = (_, response) => Boolean(response.writeHead(401).end());
  await temporal.pushCalendar(one.id);
  await workflowOf(one).result();
  expect(await stateOf(one)).toMatchObject({ state: 'needs_you', error: 'credentials_refused' });
  server.quirks.answer = () => false;
  const asked = server.asked.length;
  await temporal.pushCalendar(one.id);
  await workflowOf(one).result();
  expect(server.asked.length).toBe(asked);
  await affected(
    em(),
    sql`update calendar_connections set due_at = due_at - interval '10 minutes' where id = ${one.id}`,
  );
  await temporal.ensurePush(one.id);
  await workflowOf(one).result();
  expect(await stateOf(one)).toMatchObject({ state: 'ok', pending: 0, error: null });
  expect((await listDeliveries(em(), one.userId, { limit: 10 })).deliveries).toHaveLength(1);
});

it('takes our events out although the password was refused once on the way', async () => {
  const one = await connected(3);
  await temporal.pushCalendar(one.id);
  await workflowOf(one).result();
  server.quirks.answer = (_, response) => Boolean(response.writeHead(401).end());
  await endConnection(em(), { userId: one.userId, id: one.id, keepEvents: false });
  await temporal.pushCalendar(one.id, { again: true });
  await workflowOf(one).result();
  expect(await one.view()).toEqual([]);
  server.quirks.answer = () => false;
  await affected(
    em(),
    sql`update calendar_connections set due_at = due_at - interval '10 minutes' where id = ${one.id}`,
  );
  await temporal.ensurePush(one.id);
  await workflowOf(one).result();
  expect(eventsOf(one)).toEqual([]);
});

it('writes what comes while an event waits on which the server fails, and that one by itself when it is due', async () => {
  const one = await connected(1);
  await watched(one);
  const reports = () => server.asked.filter(({ method }) => method === 'REPORT').length;
  const before = reports();
  let fails = true;
  let bad: string | undefined;
  server.quirks.answer = ({ method, path }, response) => {
    if (method !== 'PUT' || !fails || path !== (bad ??= path)) return false;
    response.writeHead(500).end();
    return true;
  };
  await temporal.pushCalendar(one.id);
  await until('it waits', async () => {
    const { events } = await workflowOf(one).fetchHistory();
    return events!.some((event) => event.timerStartedEventAttributes);
  });
  expect(await stateOf(one)).toMatchObject({ pending: 1, error: null });
  await syncList(em(), one.userId, [rental('r0'), rental('r1')]);
  await temporal.pushCalendar(one.id);
  await until('the other one is there', () => eventsOf(one).length === 1);
  expect(reports()).toBe(before);
  fails = false;
  await workflowOf(one).result();
  expect(reports()).toBeGreaterThan(before);
  expect(await stateOf(one)).toMatchObject({ state: 'ok', pending: 0, error: null });
  expect(eventsOf(one)).toHaveLength(2);
  server.quirks.answer = () => false;
});

it('sends nothing while the certificate is wrong, says so, and loses nothing', async () => {
  const one = await connected(3);
  const pem = (name: string) => readFileSync(new URL(`../fixtures/tls/server.${name}`, import.meta.url));
  const asked: unknown[] = [];
  const wrong = createTlsServer({ key: pem('key'), cert: pem('pem') }, (request) => asked.push(request));
  await once(wrong.listen(0, '127.0.0.1'), 'listening');
  closers.unshift(() => wrong.close());
  const { port } = wrong.address() as AddressInfo;
  const goTo = (url: string) =>
    affected(
      em(),
      sql`update calendar_connections set server_url = ${url}, calendar_url = ${new URL(new URL(one.calendarUrl).pathname, url).href}
          where id = ${one.id}`,
    );
  await goTo(`https://127.0.0.1:${port}/`);
  await temporal.pushCalendar(one.id);
  await until('it says so', async () => (await stateOf(one)).error === 'bad_certificate');
  expect(await stateOf(one)).toMatchObject({ state: 'failing', pending: 3 });
  await until('it waits to try again', async () => {
    const { raw } = await workflowOf(one).describe();
    return raw.pendingActivities?.[0]?.lastFailure?.message === 'bad_certificate';
  });
  expect(asked).toEqual([]);
  await goTo(server.url);
  await temporal.pushCalendar(one.id, { again: true });
  await workflowOf(one).result();
  expect(await stateOf(one)).toMatchObject({ state: 'ok', pending: 0, error: null });
  expect(eventsOf(one)).toHaveLength(3);
});

it('takes our events out when it is disconnected, also one that is being filled', async () => {
  const one = await connected(25);
  let puts = 0;
  const gate = Promise.withResolvers<void>();
  server.quirks.answer = async ({ method }) => {
    if (method === 'PUT' && ++puts === 13) await gate.promise;
    return false;
  };
  await temporal.pushCalendar(one.id);
  await until('it is half full', () => puts === 13);
  await endConnection(em(), { userId: one.userId, id: one.id, keepEvents: false });
  await temporal.pushCalendar(one.id, { again: true });
  gate.resolve();
  await workflowOf(one).result();
  expect(eventsOf(one)).toEqual([]);
  expect(await one.view()).toEqual([]);
  server.quirks.answer = () => false;
});

it('shows a calendar again whose events cannot be taken out, and takes them out with a new password', async () => {
  const one = await connected(3);
  await temporal.pushCalendar(one.id);
  await workflowOf(one).result();
  server.quirks.answer = ({ headers }, response) => {
    if (headers.authorization !== `Basic ${Buffer.from('ann:app-pass').toString('base64')}`) return false;
    response.writeHead(401).end();
    return true;
  };
  const ends = { userId: one.userId, id: one.id, keepEvents: false };
  await endConnection(em(), ends);
  expect(await one.view()).toEqual([]);
  await temporal.pushCalendar(one.id, { again: true });
  await workflowOf(one).result();
  await affected(
    em(),
    sql`update calendar_connections set due_at = due_at - interval '10 minutes',
      refused_since = refused_since - interval '10 minutes' where id = ${one.id}`,
  );
  await temporal.ensurePush(one.id);
  await workflowOf(one).result();
  expect(await stateOf(one)).toMatchObject({ state: 'needs_you', error: 'credentials_refused' });
  expect((await listDeliveries(em(), one.userId, { limit: 10 })).deliveries).toHaveLength(1);
  expect(eventsOf(one)).toHaveLength(3);
  await reviveConnection(em(), secrets, { userId: one.userId, id: one.id, password: 'newer' });
  await endConnection(em(), ends);
  await temporal.pushCalendar(one.id, { again: true });
  await workflowOf(one).result();
  expect(eventsOf(one)).toEqual([]);
  expect(await one.view()).toEqual([]);
  server.quirks.answer = () => false;
});

const own = (start: Date, uid = 'mine') =>
  ['BEGIN:VCALENDAR', 'VERSION:2.0', 'BEGIN:VEVENT', `UID:${uid}`, `DTSTART:${utc(start)}`, 'DURATION:PT30M'].join(
    '\r\n',
  ) + '\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n';
const home = '/dav/calendars/ann/home/';
const minutesPass = (one: Connected, minutes: number) =>
  affected(
    em(),
    sql`update calendar_connections set due_at = due_at - make_interval(mins => ${minutes}),
      refused_since = refused_since - make_interval(mins => ${minutes}) where id = ${one.id}`,
  );
const minutesLeft = async ({ id }: Connected) => {
  const { dueAt } = (await readPushTarget(em(), id))!;
  return dueAt && Math.round((dueAt.getTime() - Date.now()) / 60_000);
};
const watched = async (one: Connected) => {
  const calendars = [{ url: new URL(home, server.url).href, name: 'Home' }];
  expect(await watchCalendars(em(), { userId: one.userId, id: one.id, calendars })).toBe(true);
};

it('reads at its end what else the person has, and only where they chose that', async () => {
  const one = await connected(1);
  server.objects.set(`${home}mine.ics`, own(rental('r0').startsAt!));
  const reports = () => server.asked.filter(({ method }) => method === 'REPORT').length;
  const before = reports();
  await temporal.pushCalendar(one.id);
  await workflowOf(one).result();
  expect(reports()).toBe(before);
  await watched(one);
  await temporal.pushCalendar(one.id);
  await workflowOf(one).result();
  expect(await listClashes(em(), one.userId)).toMatchObject([{ startsAt: rental('r0').startsAt }]);
  const history = JSON.stringify(await workflowOf(one).fetchHistory());
  expect(history).not.toContain(Buffer.from('Home').toString('base64'));
});

it('does not let what is read hold up what is written', async () => {
  const one = await connected(1);
  const gate = Promise.withResolvers<void>();
  let reads = 0;
  server.quirks.answer = async ({ method }) => {
    if (method === 'REPORT' && ++reads === 1) await gate.promise;
    return false;
  };
  await watched(one);
  await temporal.pushCalendar(one.id);
  await until('it reads', () => reads === 1);
  await syncList(em(), one.userId, [rental('r0', { studio: 'Studio 7' })]);
  await temporal.pushCalendar(one.id);
  await until('it has written', () => eventsOf(one).some(([, text]) => text.includes('Studio 7')));
  gate.resolve();
  await workflowOf(one).result();
  expect(await stateOf(one)).toMatchObject({ state: 'ok', pending: 0, error: null });
  server.quirks.answer = () => false;
});

it('is not troubled by a calendar that cannot be read', async () => {
  const one = await connected(1);
  server.quirks.answer = ({ method }, response) => {
    if (method !== 'REPORT') return false;
    response.writeHead(429, { 'retry-after': '3600' }).end();
    return true;
  };
  await watched(one);
  await temporal.pushCalendar(one.id);
  await workflowOf(one).result();
  expect(await stateOf(one)).toMatchObject({ state: 'ok', pending: 0, error: null });
  server.quirks.answer = () => false;
});

it.each([
  ['everywhere', () => true],
  ['only where we read', (method: string) => method === 'REPORT'],
])('says once that the password is refused %s, and tries three times more', async (_, isRefused) => {
  const one = await connected(1);
  await temporal.pushCalendar(one.id);
  await workflowOf(one).result();
  await watched(one);
  server.quirks.answer = ({ method }, response) => isRefused(method) && Boolean(response.writeHead(401).end());
  const waits: (number | null)[] = [];
  for (let tries = 0; tries < 4; tries += 1) {
    await temporal.pushCalendar(one.id);
    await workflowOf(one).result();
    expect(await stateOf(one)).toMatchObject({ state: 'needs_you', error: 'credentials_refused' });
    const wait = await minutesLeft(one);
    waits.push(wait);
    await minutesPass(one, wait ?? 0);
    // For the third try, there is something to write as well.
    if (tries === 1) await syncList(em(), one.userId, [rental('r0', { studio: 'Studio 7' })]);
  }
  expect(waits).toEqual([10, 60, 360, null]);
  expect((await listDeliveries(em(), one.userId, { limit: 10 })).deliveries).toHaveLength(1);
  server.quirks.answer = () => false;
});

it('says once that a calendar refuses every event, tries three times more, and fills it when it takes them', async () => {
  const one = await connected(12);
  const puts = () => server.asked.filter(({ method }) => method === 'PUT').length;
  server.quirks.answer = ({ method }, response) => method === 'PUT' && Boolean(response.writeHead(403).end());
  const waits: (number | null)[] = [];
  for (let tries = 0; tries < 4; tries += 1) {
    const before = puts();
    await temporal.pushCalendar(one.id);
    await workflowOf(one).result();
    expect(puts()).toBe(before + 12);
    expect(await stateOf(one)).toMatchObject({ state: 'needs_you', error: 'not_allowed', lastPushedAt: null });
    const wait = await minutesLeft(one);
    waits.push(wait);
    await minutesPass(one, wait ?? 0);
  }
  expect(waits).toEqual([10, 60, 360, null]);
  expect((await listDeliveries(em(), one.userId, { limit: 10 })).deliveries).toHaveLength(1);
  server.quirks.answer = () => false;
  await reviveConnection(em(), secrets, { userId: one.userId, id: one.id });
  await temporal.pushCalendar(one.id);
  await workflowOf(one).result();
  expect(await stateOf(one)).toMatchObject({ state: 'ok', error: null, pending: 0, refused: 0 });
  expect(eventsOf(one)).toHaveLength(12);
});

it('says again that the password is refused, after busy times were read with it', async () => {
  const one = await connected(1);
  await watched(one);
  const isRefused = (is: boolean) => {
    server.quirks.answer = (_, response) => is && Boolean(response.writeHead(401).end());
  };
  for (const is of [true, false, true]) {
    isRefused(is);
    await temporal.pushCalendar(one.id);
    await workflowOf(one).result();
    expect((await stateOf(one)).state).toBe(is ? 'needs_you' : 'ok');
    await minutesPass(one, 10);
    await watched(one);
  }
  expect((await listDeliveries(em(), one.userId, { limit: 10 })).deliveries).toHaveLength(2);
  isRefused(false);
});

it('knows nothing of a calendar that is gone', async () => {
  const one = await connected(1);
  await endConnection(em(), { userId: one.userId, id: one.id, keepEvents: true });
  await temporal.pushCalendar(one.id);
  await workflowOf(one).result();
  expect(eventsOf(one)).toEqual([]);
});
