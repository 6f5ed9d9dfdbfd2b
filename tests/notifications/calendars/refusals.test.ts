/** What one event meets is its own affair: it holds up no other, and it is not forgotten. */
import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { endConnection, noteDue, reviveConnection } from '#db/queries/calendar-connections.ts';
import { listInCalendars } from '#db/queries/calendar-events.ts';
import { makeConnectedUser, rental, secrets, syncList, useDatabase } from '../../db/fixtures.ts';
import { affected, rows, sql } from '../../support/sql.ts';
import { startStandInCalendar, type Asked, type StandInCalendar } from '../../support/stand-in-calendar.ts';
import { connect, type Connected } from './pushing.ts';

const { em, orm } = useDatabase();
const season = Array.from({ length: 5 }, (_, index) => rental(`r${index}`));
const withFirst = (given: Parameters<typeof rental>[1]) => [rental('r0', given), ...season.slice(1)];
let server: StandInCalendar;
let connected: Connected;
let first: string;

beforeEach(async () => {
  server = await startStandInCalendar();
  connected = await connect(orm(), em, await makeConnectedUser(em()), server.login);
  await syncList(em(), connected.userId, season);
  const query = sql`select id from bookings where user_id = ${connected.userId} and record_id = 'r0'`;
  [{ id: first }] = (await rows(em(), query)) as [{ id: string }];
});
afterEach(async () => {
  connected.session.close();
  await server.close();
});

const firstPath = () => `${new URL(connected.calendarUrl).pathname}${first}.ics`;
const firstEvent = () => server.objects.get(firstPath());
const view = async () => (await connected.view())[0];
const isPutOfFirst = ({ method, path }: Asked) => method === 'PUT' && path.includes(first);

/** Until it is told otherwise. */
function answers(pick: (asked: Asked) => boolean, answer: (response: ServerResponse) => void): void {
  server.quirks.answer = (asked, response) => {
    if (!pick(asked)) return false;
    answer(response);
    return true;
  };
}
const answersWith = (status: number, pick = isPutOfFirst) =>
  answers(pick, (response) => void response.writeHead(status).end());
const answersAsUsual = () => (server.quirks.answer = () => false);

describe('an event whose change was refused', () => {
  beforeEach(async () => {
    await connected.push();
    await syncList(em(), connected.userId, withFirst({ studio: 'Studio 7' }));
    answersWith(400);
    await connected.push();
    expect(await view()).toMatchObject({ state: 'ok', pending: 0, refused: 1 });
    answersAsUsual();
  });

  it('is marked when the rental is canceled', async () => {
    await syncList(em(), connected.userId, withFirst({ status: 'Canceled' }));
    expect(await connected.push()).toBe(1);
    expect(firstEvent()).toContain('STATUS:CANCELLED');
    expect(await view()).toMatchObject({ pending: 0, refused: 0 });
  });

  it('is taken out with the others', async () => {
    await endConnection(em(), { userId: connected.userId, id: connected.id, keepEvents: false });
    await connected.push();
    expect([...server.objects.keys()]).toEqual([]);
  });

  it('is written when the person asks for another try', async () => {
    await reviveConnection(em(), secrets, { userId: connected.userId, id: connected.id });
    expect(await view()).toMatchObject({ pending: 1 });
    await connected.push();
    expect(firstEvent()).toContain('Studio 7');
    expect(await view()).toMatchObject({ state: 'ok', pending: 0, refused: 0 });
  });

  it('is tried again the next day, and no sooner', async () => {
    await noteDue(em(), connected.userId);
    await noteDue(em(), connected.userId);
    expect(await connected.push()).toBe(0);
    await affected(
      em(),
      sql`update calendar_connections set looked_at = now() - interval '25 hours' where id = ${connected.id}`,
    );
    await noteDue(em(), connected.userId);
    expect(await connected.push()).toBe(1);
    expect(firstEvent()).toContain('Studio 7');
  });
});

describe('says of one event what the server answered:', () => {
  const answered = async () => {
    const query = sql`select state, answer_status as status, answer_reason as reason from calendar_events where booking_id = ${first}`;
    return (await rows(em(), query))[0];
  };
  const rule = '<d:error xmlns:d="DAV:"><c:max-resource-size xmlns:c="urn:ietf:params:xml:ns:caldav"/></d:error>';
  const words =
    '<d:error xmlns:d="DAV:" xmlns:s="x"><s:exception>Sabre</s:exception><s:message>Validation error:\n no DTEND</s:message></d:error>';
  it.each([
    [403, rule, 'max-resource-size'],
    [400, words, 'Validation error: no DTEND'],
    [400, '<html><title>No</title></html>', null],
  ])('%i %s', async (status, body, reason) => {
    answers(isPutOfFirst, (response) => void response.writeHead(status, { 'content-type': 'text/xml' }).end(body));
    await connected.push();
    expect(await answered()).toEqual({ state: 'refused', status, reason });
    answersAsUsual();
    await reviveConnection(em(), secrets, { userId: connected.userId, id: connected.id });
    await connected.push();
    expect(await answered()).toEqual({ state: 'written', status: null, reason: null });
  });

  it('nothing that can be read, however long it is', async () => {
    // A pattern that begins anew at each of them is at it for longer than this test may take, and longer still with more.
    const body = '<error '.repeat(80_000);
    answers(isPutOfFirst, (response) => void response.writeHead(400).end(body));
    await connected.push();
    expect(await answered()).toEqual({ state: 'refused', status: 400, reason: null });
    answersAsUsual();
  });

  it('while it waits, too', async () => {
    answersWith(500);
    await connected.push();
    expect(await answered()).toEqual({ state: 'intended', status: 500, reason: null });
    const [stands] = await listInCalendars(em(), connected.userId, first);
    expect(stands).toMatchObject({ isBehind: true, answerStatus: 500 });
  });
});

it('makes nothing of a refused rental that was canceled since', async () => {
  answersWith(400);
  await connected.push();
  expect(await view()).toMatchObject({ refused: 1 });
  answersAsUsual();
  await syncList(em(), connected.userId, withFirst({ status: 'Canceled' }));
  await connected.push();
  expect(server.objects.size).toBe(4);
  expect(await view()).toMatchObject({ state: 'ok', pending: 0, refused: 0 });
});

it('makes an event that was refused at first, though nothing but its price changed', async () => {
  answersWith(400);
  await connected.push();
  answersAsUsual();
  await affected(em(), sql`update bookings set price_cents = 1 where id = ${first}`);
  await connected.push();
  expect(firstEvent()).toContain('Price: $0.01');
});

/** Those that wait are due, and have failed for so long. */
const minutesPass = (minutes: number) =>
  affected(
    em(),
    sql`update calendar_events set retry_at = retry_at - make_interval(mins => ${minutes}),
      failing_since = failing_since - make_interval(mins => ${minutes}) where connection_id = ${connected.id}`,
  );

describe('tries again what may pass:', () => {
  it.each([302, 408, 423, 425, 500])('%i', async (status) => {
    await connected.push();
    await syncList(em(), connected.userId, withFirst({ studio: 'Studio 7' }));
    answersWith(status);
    expect(await connected.push()).toBe(0);
    expect(await view()).toMatchObject({ state: 'ok', error: null, refused: 0, pending: 1 });
    answersAsUsual();
    expect(await connected.push()).toBe(0);
    await minutesPass(1);
    expect(await connected.push()).toBe(1);
    expect(firstEvent()).toContain('Studio 7');
  });

  it('somebody who changes the event faster than we can', async () => {
    await connected.push();
    await syncList(em(), connected.userId, withFirst({ studio: 'Studio 7' }));
    answersWith(412);
    expect(await connected.push()).toBe(0);
    answersAsUsual();
    await minutesPass(1);
    expect(await connected.push()).toBe(1);
  });

  it('and an event that cannot be removed is not forgotten', async () => {
    await connected.push();
    await endConnection(em(), { userId: connected.userId, id: connected.id, keepEvents: false });
    answersWith(412, ({ method, path }) => method === 'DELETE' && path.includes(first));
    await expect(connected.push()).rejects.toMatchObject({ code: 'server_unavailable' });
    expect([...server.objects.keys()]).toEqual([firstPath()]);
    answersAsUsual();
    await connected.push();
    expect(server.objects.size).toBe(0);
  });
});

describe('an event on which the server fails', () => {
  it('holds up no other, nor the turns of a fill', async () => {
    answersWith(500);
    expect(await connected.push({ turn: { events: 2, ms: 60_000 } })).toBe(4);
    expect(server.objects.size).toBe(4);
    expect(await view()).toMatchObject({ state: 'filling', error: null, pending: 1, refused: 0 });
  });

  it('does not keep a calendar that was filled from what comes later', async () => {
    await connected.push();
    await syncList(em(), connected.userId, withFirst({ studio: 'Studio 7' }));
    answersWith(500);
    await connected.push();
    await syncList(em(), connected.userId, [rental('r0', { studio: 'Studio 7' }), ...season.slice(1), rental('new')]);
    expect(await connected.push()).toBe(1);
    expect(server.asked.filter(isPutOfFirst)).toHaveLength(2);
    expect(await view()).toMatchObject({ state: 'ok', error: null, pending: 1 });
  });

  it('is due again by itself, later each time', async () => {
    answersWith(500);
    const waits: number[] = [];
    for (const minutes of [1, 4, 30]) {
      await connected.push();
      const query = sql`select extract(epoch from due_at - now()) as s, due_at = (select min(retry_at) from calendar_events where connection_id = c.id) as same
        from calendar_connections c where id = ${connected.id}`;
      const [due] = (await rows(em(), query)) as [{ s: string; same: boolean }];
      expect(due.same).toBe(true);
      waits.push(Math.round(Number(due.s)));
      await minutesPass(minutes);
    }
    expect(waits[0]).toBeLessThanOrEqual(5);
    expect(waits[1]).toBeGreaterThanOrEqual(60);
    expect(waits[2]).toBeGreaterThanOrEqual(300);
  });

  it('is no longer waited for where the rental is as it was again', async () => {
    await connected.push();
    await syncList(em(), connected.userId, withFirst({ studio: 'Studio 7' }));
    answersWith(500);
    await connected.push();
    await syncList(em(), connected.userId, season);
    await connected.push();
    const query = sql`select due_at, state from calendar_connections where id = ${connected.id}`;
    expect(await rows(em(), query)).toEqual([{ due_at: null, state: 'ok' }]);
  });

  it('has all its tries again where it failed once before, for another reason', async () => {
    await connected.push();
    answersWith(500);
    await syncList(em(), connected.userId, withFirst({ studio: 'Studio 7' }));
    await connected.push();
    await syncList(em(), connected.userId, season);
    await connected.push();
    await minutesPass(61);
    await syncList(em(), connected.userId, withFirst({ studio: 'Studio 8' }));
    await connected.push();
    expect(await view()).toMatchObject({ pending: 1, refused: 0 });
  });

  it('is left for the next day after an hour, and has one try then', async () => {
    answersWith(500);
    await connected.push();
    await minutesPass(61);
    await connected.push();
    expect(await view()).toMatchObject({ state: 'ok', pending: 0, refused: 1 });
    const isYesterday = sql`update calendar_connections set looked_at = now() - interval '25 hours' where id = ${connected.id}`;
    await affected(em(), isYesterday);
    await noteDue(em(), connected.userId);
    const before = server.asked.filter(isPutOfFirst).length;
    await connected.push();
    expect(server.asked.filter(isPutOfFirst).length).toBe(before + 1);
    expect(await view()).toMatchObject({ state: 'ok', error: null, pending: 0, refused: 1 });
  });

  it('is tried for longer where the calendar itself does not answer', async () => {
    answersWith(500);
    await connected.push();
    await minutesPass(61);
    answersWith(500, ({ method, path }) => path.includes(first) || method === 'PROPFIND');
    await expect(connected.push()).rejects.toMatchObject({ code: 'server_unavailable' });
    expect(await view()).toMatchObject({ refused: 0 });
  });

  it('is one of several, and even those that come first let the others through', async () => {
    const bad = sql`select id from bookings where user_id = ${connected.userId} and record_id in ('r0', 'r1', 'r2')`;
    const ids = (await rows<{ id: string }>(em(), bad)).map(({ id }) => id);
    answersWith(500, ({ method, path }) => method === 'PUT' && ids.some((id) => path.includes(id)));
    const tried = await connected.push().catch(() => 0);
    await connected.push();
    expect(tried).toBeLessThanOrEqual(2);
    expect(server.objects.size).toBe(2);
    await minutesPass(1);
    // The calendar has taken others since, so it is theirs alone.
    expect(await connected.push()).toBe(0);
    expect(await view()).toMatchObject({ error: null, pending: 3, refused: 0 });
  });

  it('is one of few: a server that fails on all is asked no more than three times', async () => {
    answersWith(500, ({ method }) => method === 'PUT');
    await expect(connected.push()).rejects.toMatchObject({ code: 'server_unavailable' });
    expect(server.asked.filter(({ method }) => method === 'PUT')).toHaveLength(3);
  });
});

it('ends a turn with what it is about, where the server takes too long', async () => {
  server.quirks.answer = ({ method }) => (method === 'PUT' ? new Promise(() => undefined) : false);
  const push = connected.push({ turn: { events: 10, ms: 100 } });
  await expect(push).rejects.toMatchObject({ code: 'server_unavailable' });
});

it('does not take our events for removed where a proxy finds nothing', async () => {
  await connected.push();
  await endConnection(em(), { userId: connected.userId, id: connected.id, keepEvents: false });
  answersWith(404, () => true);
  await expect(connected.push()).rejects.toMatchObject({ code: 'server_unavailable' });
  answersAsUsual();
  await connected.push();
  expect(server.objects.size).toBe(0);
});

describe('a 403 that says nothing', () => {
  it('is about the event where we may write in the calendar', async () => {
    answersWith(403);
    expect(await connected.push()).toBe(5);
    expect(await view()).toMatchObject({ state: 'ok', pending: 0, refused: 1 });
  });

  it('is about the calendar where we may only read', async () => {
    server.quirks.privileges = '<d:privilege><d:read/></d:privilege>';
    answersWith(403);
    await expect(connected.push()).rejects.toMatchObject({ code: 'not_allowed' });
  });

  it('is about the calendar where nothing is ever taken', async () => {
    answersWith(403, ({ method }) => method === 'PUT');
    await expect(connected.push()).rejects.toMatchObject({ code: 'not_allowed' });
    answersAsUsual();
    await reviveConnection(em(), secrets, { userId: connected.userId, id: connected.id });
    await connected.push();
    expect(server.objects.size).toBe(5);
  });

  it('and a calendar that takes no PUT at all is not ours to write', async () => {
    answersWith(405);
    await expect(connected.push()).rejects.toMatchObject({ code: 'not_allowed' });
  });
});

describe('does not take for deleted by the person', () => {
  it('what is missing because the calendar is', async () => {
    await connected.push();
    server.objects.clear();
    server.calendars.delete(new URL(connected.calendarUrl).pathname);
    await syncList(em(), connected.userId, withFirst({ status: 'Canceled' }));
    await expect(connected.push()).rejects.toMatchObject({ code: 'calendar_gone' });
    const deleted = sql`select 1 from calendar_events where state = 'deleted' and connection_id = ${connected.id}`;
    expect(await rows(em(), deleted)).toEqual([]);
  });

  it('what lies in the trash with its calendar', async () => {
    await connected.push();
    server.quirks.trashed.add(new URL(connected.calendarUrl).pathname);
    await syncList(em(), connected.userId, withFirst({ studio: 'Studio 7' }));
    await expect(connected.push()).rejects.toMatchObject({ code: 'calendar_gone' });
    expect(firstEvent()).not.toContain('Studio 7');
  });

  it('what a proxy says is missing while its server is away', async () => {
    await connected.push();
    answersWith(404, () => true);
    await syncList(em(), connected.userId, withFirst({ status: 'Canceled' }));
    await expect(connected.push()).rejects.toMatchObject({ code: 'server_unavailable' });
    answersAsUsual();
    await connected.push();
    expect(firstEvent()).toContain('STATUS:CANCELLED');
  });

  it('what was there when the turn began, and went with its calendar', async () => {
    await connected.push();
    await syncList(em(), connected.userId, withFirst({ status: 'Canceled' }));
    server.quirks.answer = ({ method }) => {
      if (method === 'GET') {
        server.objects.clear();
        server.calendars.clear();
      }
      return false;
    };
    await expect(connected.push()).rejects.toMatchObject({ code: 'calendar_gone' });
  });
});
