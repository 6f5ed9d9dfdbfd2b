/** What calendar servers do to our events and requests, on a stand-in. Nothing is written twice, and nobody else gets the password. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer as createTlsServer } from 'node:https';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findCalendars, makeCalendar } from '#notifications/calendars/discovery.ts';
import { openDavSession } from '#notifications/calendars/dav-session.ts';
import { makeConnectedUser, rental, syncList, useDatabase } from '../../db/fixtures.ts';
import { startStandInCalendar, type Asked, type StandInCalendar } from '../../support/stand-in-calendar.ts';
import { allow, connect, type Connected } from './pushing.ts';

const { em, orm } = useDatabase();
const season = Array.from({ length: 5 }, (_, index) => rental(`r${index}`));
const moved = season.map((one) => ({ ...one, studio: 'Studio 7' }));
let server: StandInCalendar;
let connected: Connected;

beforeEach(async () => {
  server = await startStandInCalendar();
  connected = await connect(orm(), em, await makeConnectedUser(em()), server.login);
  await syncList(em(), connected.userId, season);
});
afterEach(async () => {
  connected.session.close();
  await server.close();
});

const events = () => [...server.objects.values()];
const codeOf = (push: Promise<unknown>) =>
  push.then(
    () => 'pushed',
    (error: Error & { code?: string }) => error.code ?? error.message,
  );
const answerOnce = (pick: (asked: Asked) => boolean, answer: (response: ServerResponse) => void) => {
  let answered = false;
  server.quirks.answer = (asked, response) => {
    if (answered || !pick(asked)) return false;
    answered = true;
    answer(response);
    return true;
  };
};
const isPut = ({ method }: Asked) => method === 'PUT';

it.each(['put-weak', 'put-none', 'weak', 'none'] as const)('lives with ETags that are %s', async (etags) => {
  server.quirks.etags = etags;
  server.quirks.rewrite = (object) => object.replace('END:VEVENT', 'X-SERVER:was here\r\nEND:VEVENT');
  expect(await connected.push()).toBe(5);
  const readBack = server.asked.filter(({ method }) => method === 'GET').length;
  expect(readBack).toBe(5);
  await syncList(em(), connected.userId, moved);
  expect(await connected.push()).toBe(5);
  expect(events()).toHaveLength(5);
  for (const event of events()) expect(event).toMatch(/LOCATION:Studio 7[^]*X-SERVER:was here/);
  const before = server.asked.length;
  expect(await connected.push()).toBe(0);
  expect(server.asked.length).toBe(before);
});

it('reads again and merges what another program changed between our look and our write', async () => {
  await connected.push();
  await syncList(em(), connected.userId, moved.slice(0, 1).concat(season.slice(1)));
  let meddled = 0;
  server.quirks.answer = (asked) => {
    if (!isPut(asked) || meddled >= 2) return false;
    meddled += 1;
    const event = server.objects.get(asked.path)!;
    server.objects.set(asked.path, event.replace('END:VEVENT', `X-MEDDLED:${meddled}\r\nEND:VEVENT`));
    return false;
  };
  expect(await connected.push()).toBe(1);
  expect(meddled).toBe(2);
  expect(events().filter((event) => /Studio 7[^]*X-MEDDLED:1[^]*X-MEDDLED:2/.test(event))).toHaveLength(1);
});

it('keeps a title that begins otherwise than ours, and gives the others the rental’s new name', async () => {
  await connected.push();
  const [[path, event]] = [...server.objects] as [[string, string]];
  const own = event.replace('SUMMARY:', 'SUMMARY:Duet · ');
  server.objects.set(path, own);
  await syncList(
    em(),
    connected.userId,
    season.map((one) => ({ ...one, studio: 'Studio 7', name: 'Company class' })),
  );
  expect(await connected.push()).toBe(5);
  const titles = events().map((one) => /^SUMMARY:(.*?)\r?$/m.exec(one)![1]);
  expect(titles.filter((title) => title === 'Studio 7 · Company class')).toHaveLength(4);
  expect(/^SUMMARY:(.*?)\r?$/m.exec(server.objects.get(path)!)![1]).toMatch(/^Duet · .* · R-r/);
});

it('writes nothing twice where the connection is cut before the answer, and goes on where it was', async () => {
  server.quirks.cutAfterPut = true;
  expect(await codeOf(connected.push())).toBe('server_unavailable');
  expect(events()).toHaveLength(1);
  server.quirks.cutAfterPut = false;
  expect(await connected.push()).toBe(5);
  expect(events()).toHaveLength(5);
});

describe.each(['rule', 'words'] as const)('a server that says by %s that a UID is taken', (saysTaken) => {
  beforeEach(() => void (server.quirks.saysTaken = saysTaken));

  it('gets another one where it is in another calendar or in the trash', async () => {
    await connected.push();
    for (const event of events()) server.quirks.taken.add(/^UID:(.*)$/m.exec(event)![1]!.trim());
    server.objects.clear();
    await syncList(em(), connected.userId, moved);
    expect(await connected.push()).toBe(5);
    expect(events()).toHaveLength(5);
    expect(events().every((event) => event.includes(`-${connected.id.slice(0, 8)}@gibney-sync`))).toBe(true);
    expect((await connected.view())[0]).toMatchObject({ pending: 0, refused: 0 });
  });

  it('is asked where the event is that was moved within the calendar', async () => {
    await connected.push();
    const [[path, event]] = [...server.objects] as [[string, string]];
    server.objects.delete(path);
    server.objects.set(path.replace('.ics', '-by-hand.ics'), event);
    await syncList(em(), connected.userId, moved);
    await connected.push();
    expect(events()).toHaveLength(5);
    expect(events().every((one) => one.includes('Studio 7'))).toBe(true);
  });
});

it('goes on without an event that the server will not take', async () => {
  const rule = '<d:error xmlns:d="DAV:"><c:valid-calendar-data xmlns:c="urn:ietf:params:xml:ns:caldav"/></d:error>';
  answerOnce(isPut, (response) => response.writeHead(403, { 'content-type': 'text/xml' }).end(rule));
  expect(await connected.push()).toBe(5);
  expect(events()).toHaveLength(4);
  expect((await connected.view())[0]).toMatchObject({ state: 'ok', pending: 0, refused: 1 });
  await syncList(em(), connected.userId, moved);
  await connected.push();
  expect(events()).toHaveLength(5);
});

describe('a push ends as', () => {
  it.each([
    [401, 'credentials_refused', undefined],
    [403, 'not_allowed', undefined],
    [429, 'rate_limited', 7_000],
    [503, 'server_unavailable', 7_000],
    [507, 'calendar_full', undefined],
  ])('%s: %s', async (status, code, retryAfterMs) => {
    server.quirks.privileges = '';
    answerOnce(isPut, (response) => response.writeHead(status, { 'retry-after': '7' }).end());
    await expect(connected.push()).rejects.toMatchObject({ code, ...(retryAfterMs && { retryAfterMs }) });
    expect(await connected.push()).toBe(5);
    expect(events()).toHaveLength(5);
  });

  it('calendar_gone where the calendar was deleted', async () => {
    server.calendars.delete(new URL(connected.calendarUrl).pathname);
    expect(await codeOf(connected.push())).toBe('calendar_gone');
  });

  it('server_unavailable where an answer never ends', async () => {
    server.quirks.answer = (_asked, response) => {
      const pour = () => void (response.destroyed || response.write('x'.repeat(10_000), () => setImmediate(pour)));
      pour();
      return true;
    };
    expect(await codeOf(connected.push({ limits: { maxBytes: 100_000 } }))).toBe('server_unavailable');
    expect(await codeOf(connected.push({ limits: { timeoutMs: 200, maxBytes: 1e12 } }))).toBe('server_unavailable');
  });

  it('redirected where it is sent to another host, which learns nothing', async () => {
    const other = await startStandInCalendar();
    server.quirks.answer = ({ path }, response) => {
      response.writeHead(307, { location: new URL(path, other.url).href }).end();
      return true;
    };
    expect(await codeOf(connected.push())).toBe('redirected');
    expect(other.asked).toEqual([]);
    await other.close();
  });
});

it('follows redirects of its own host, with the method and the body', async () => {
  server.quirks.answer = ({ method, path }, response) => {
    if (method !== 'PUT' || path.includes('moved=1')) return false;
    response.writeHead(302, { location: `${path}?moved=1` }).end();
    return true;
  };
  expect(await codeOf(connected.push())).toBe('pushed');
  expect(server.asked.filter((asked) => isPut(asked) && asked.path.endsWith('moved=1'))[0]!.body).toContain('VEVENT');
});

it('sends nothing to a server whose certificate is wrong', async () => {
  const pem = (name: string) => readFileSync(new URL(`../../fixtures/tls/server.${name}`, import.meta.url));
  const asked: unknown[] = [];
  const tls = createTlsServer({ key: pem('key'), cert: pem('pem') }, (request) => asked.push(request));
  await once(tls.listen(0, '127.0.0.1'), 'listening');
  const url = `https://127.0.0.1:${(tls.address() as AddressInfo).port}/`;
  const session = openDavSession({ ...server.login, url }, { allow });
  expect(await codeOf(findCalendars(session, url))).toBe('bad_certificate');
  expect(asked).toEqual([]);
  session.close();
  tls.close();
});

it.each([
  [403, '/'],
  [501, '/'],
  [500, '/web/'],
])('is found beside an address that answers %i', async (status, path) => {
  server.quirks.answer = (asked, response) => {
    if (asked.path !== path) return false;
    response.writeHead(status).end();
    return true;
  };
  const url = new URL(path, server.url).href;
  const session = openDavSession({ ...server.login, url }, { allow });
  expect((await findCalendars(session, url)).calendars.map(({ name }) => name)).toContain('Home');
  session.close();
});

it.each([
  [403, 'not_allowed', 4],
  [503, 'server_unavailable', 4],
  [429, 'rate_limited', 1],
])('a server that answers %i to everything is %s, after %i requests', async (status, code, requests) => {
  server.quirks.answer = (_asked, response) => {
    response.writeHead(status).end();
    return true;
  };
  const url = new URL('/web/', server.url).href;
  const session = openDavSession({ ...server.login, url }, { allow });
  const before = server.asked.length;
  expect(await codeOf(findCalendars(session, url))).toBe(code);
  expect(server.asked.length - before).toBe(requests);
  session.close();
});

it('takes no calendar that was there before for the one it made', async () => {
  const session = openDavSession(server.login, { allow });
  const home = await findCalendars(session, server.url);
  answerOnce(
    ({ method }) => method === 'MKCALENDAR',
    (response) => response.writeHead(201).end(),
  );
  expect(await codeOf(makeCalendar(session, home.url, randomUUID(), 'Home'))).toBe('not_allowed');
  const made = await makeCalendar(session, home.url, randomUUID(), 'Home');
  expect(home.calendars.map(({ url }) => url)).not.toContain(made.url);
  server.quirks.answer = ({ method, path }, response) => {
    if (method !== 'MKCALENDAR') return false;
    server.calendars.set(path.replace(/[^/]+\/$/, '4711/'), { name: 'Renumbered' });
    response.writeHead(201).end();
    return true;
  };
  expect((await makeCalendar(session, home.url, randomUUID(), 'Renumbered')).url).toMatch(/\/4711\/$/);
  session.close();
});

it('believes in a calendar only when it sees it', async () => {
  const session = openDavSession(server.login, { allow });
  const home = await findCalendars(session, server.url);
  answerOnce(
    ({ method }) => method === 'MKCALENDAR',
    (response) => response.writeHead(207, { 'content-type': 'application/xml' }).end('<d:multistatus xmlns:d="DAV:"/>'),
  );
  expect(await codeOf(makeCalendar(session, home.url, randomUUID(), 'Another'))).toBe('not_allowed');
  expect((await makeCalendar(session, home.url, randomUUID(), 'Another')).name).toBe('Another');
  session.close();
});
