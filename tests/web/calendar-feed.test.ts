/** The feed as calendar apps fetch it: over HTTP, read with another parser. */
import { gunzipSync } from 'node:zlib';
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { affected, firstRow, sql } from '../support/sql.ts';
import { startApp } from './support/app.ts';
import type { App, TestUser } from './support/app.ts';
import {
  daysAgo,
  feedPath,
  instantOf,
  parseCalendar,
  seedBooking,
  seedManyBookings,
  type SeededBooking,
} from './support/calendar.ts';

let app: App;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

const em = () => app.services.orm.em.fork();

async function userWith(...bookings: Partial<SeededBooking>[]): Promise<TestUser & { path: string }> {
  const user = await app.newUser();
  for (const booking of bookings) await seedBooking(app, user.id, booking);
  return { ...user, path: feedPath(user.calendarUrl) };
}

async function fetchCalendar(path: string) {
  const { status, text } = await app.call('GET', path);
  expect(status).toBe(200);
  return { text, ...parseCalendar(text) };
}

describe('a booking in the feed', () => {
  it('has its times, place, price, status and link, and an id that stays', async () => {
    const { id, path } = await userWith();
    const bookingId = await seedBooking(app, id, {
      startsAt: '2027-07-04T19:05:00Z',
      endsAt: '2027-07-04T21:00:00Z',
      sequence: 3,
      updatedAt: '2026-11-20T10:00:00.500Z',
    });
    const { text, event, component } = await fetchCalendar(path);
    const found = event();
    expect(found.uid).toBe(`${bookingId}@gibney-sync`);
    expect(found.summary).toBe('Studio A · R-490015');
    expect(found.location).toBe('Studio A, 280 Broadway, New York, NY 10007');
    expect(found.description).toBe('Rental: R-490015\nStatus: Approved\nPrice: $19.00');
    expect(found.sequence).toBe(3);
    expect(text).toContain('\r\nDTSTART;TZID=America/New_York:20270704T150500\r\n');
    expect(text).toContain('\r\nDTSTAMP:20261120T100000Z\r\n');
    expect(text).toContain('\r\nLAST-MODIFIED:20261120T100000Z\r\n');
    expect([instantOf(found.startDate), instantOf(found.endDate)]).toEqual([
      '2027-07-04T19:05:00.000Z',
      '2027-07-04T21:00:00.000Z',
    ]);
    const property = (name: string) => found.component.getFirstPropertyValue(name);
    expect(property('status')).toBe('CONFIRMED');
    expect(property('url')).toBe('https://portal.test/s/booking-item/a0B000000000001AAA/r-490015');
    expect(component.getFirstPropertyValue('x-wr-calname')).toBe('My rentals');
    expect(component.getFirstPropertyValue('x-wr-timezone')).toBe('America/New_York');
    expect(component.getFirstPropertyValue('method')).toBe('PUBLISH');
  });

  it('is at 890 Broadway with its own postal code, and elsewhere in the portal’s words', async () => {
    const { path } = await userWith(
      { name: 'R-1', location: '890 Broadway (Union Square)' },
      { name: 'R-2', location: 'Pier 4, Brooklyn' },
    );
    const { event } = await fetchCalendar(path);
    expect(event('R-1').location).toBe('Studio A, 890 Broadway, New York, NY 10003');
    expect(event('R-2').location).toBe('Studio A, Pier 4, Brooklyn');
  });

  it('keeps commas, semicolons, line breaks and every script, in lines of at most 75 octets', async () => {
    const name = `Plié; jeté, "tendu" \\ 練習 ${'舞踊🩰'.repeat(30)}`;
    const { path } = await userWith({ name, studio: 'Studio A,B' });
    const { text, event } = await fetchCalendar(path);
    expect(event().summary).toBe(`Studio A,B · ${name}`);
    const lines = text.split('\r\n');
    expect(Math.max(...lines.map((line) => Buffer.byteLength(line)))).toBeLessThanOrEqual(75);
    expect(lines.at(-1)).toBe('');
    expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
  });

  it('with a line break in its name cannot put a line of its own into the file', async () => {
    const { path } = await userWith({
      name: 'R-1\r\nEND:VEVENT\r\nATTACH:https://evil.test',
      recordUrl: 'javascript:alert(1)',
    });
    const { event, text } = await fetchCalendar(path);
    expect(event().component.getFirstProperty('attach')).toBeNull();
    expect(text).not.toContain('javascript:');
  });

  it.each([
    ['Approved', 'CONFIRMED', 'OPAQUE'],
    ['Completed', 'CONFIRMED', 'OPAQUE'],
    ['Rescheduled', 'CONFIRMED', 'OPAQUE'],
    ['Pending Approval', 'TENTATIVE', 'OPAQUE'],
    ['Canceled', 'CANCELLED', 'TRANSPARENT'],
    ['Cancelled by studio', 'CANCELLED', 'TRANSPARENT'],
    ['Declined', 'CANCELLED', 'TRANSPARENT'],
    ['No Show', 'CANCELLED', 'TRANSPARENT'],
    ['EXPIRED', 'CANCELLED', 'TRANSPARENT'],
  ])('that is %s is %s and %s', async (status, expected, busy) => {
    const { path } = await userWith({ status });
    const { component } = (await fetchCalendar(path)).event();
    expect(component.getFirstPropertyValue('status')).toBe(expected);
    expect(component.getFirstPropertyValue('transp')).toBe(busy);
  });

  it('has no price where the portal gave none', async () => {
    const { path } = await userWith({ priceCents: null });
    expect((await fetchCalendar(path)).event().description).not.toContain('Price');
  });
});

describe('New York’s clock in the feed', () => {
  it.each([
    [
      'an evening in summer',
      '2026-07-04T23:00:00.000Z',
      '2026-07-05T01:00:00.000Z',
      ';TZID=America/New_York:20260704T190000',
    ],
    [
      'across the change in spring',
      '2026-03-08T06:30:00.000Z',
      '2026-03-08T07:30:00.000Z',
      ';TZID=America/New_York:20260308T013000',
    ],
    [
      'across the change in autumn',
      '2026-11-01T04:00:00.000Z',
      '2026-11-01T08:00:00.000Z',
      ';TZID=America/New_York:20261101T000000',
    ],
    [
      'in the repeated hour, the first time',
      '2026-11-01T05:15:00.000Z',
      '2026-11-01T05:45:00.000Z',
      ':20261101T051500Z',
    ],
    [
      'in the repeated hour, the second time',
      '2026-11-01T06:15:00.000Z',
      '2026-11-01T06:45:00.000Z',
      ':20261101T061500Z',
    ],
    [
      'from the first into the second repeated hour',
      '2026-11-01T05:30:00.000Z',
      '2026-11-01T06:30:00.000Z',
      ':20261101T053000Z',
    ],
    ['before daylight saving of 2007', '2006-03-20T17:00:00.000Z', '2006-03-20T18:00:00.000Z', ':20060320T170000Z'],
  ])('%s', async (_, startsAt, endsAt, written) => {
    const { path } = await userWith({ startsAt, endsAt });
    const { event, text } = await fetchCalendar(path);
    expect(text).toContain(`\r\nDTSTART${written}\r\n`);
    expect([instantOf(event().startDate), instantOf(event().endDate)]).toEqual([startsAt, endsAt]);
  });
});

describe('what happened to a booking', () => {
  it('raises SEQUENCE under the same UID, and changes the ETag', async () => {
    const user = await userWith();
    const id = await seedBooking(app, user.id, { sequence: 0 });
    const before = await app.call('GET', user.path);
    await affected(
      em(),
      sql`update bookings set starts_at = starts_at + interval '1 hour',
      ends_at = ends_at + interval '1 hour', sequence = sequence + 1, updated_at = now() where id = ${id}`,
    );
    const after = await app.call('GET', user.path, { headers: { 'if-none-match': before.headers.get('etag')! } });
    expect(after.status).toBe(200);
    const [was, is] = [parseCalendar(before.text).event(), parseCalendar(after.text).event()];
    expect([is.uid, was.sequence, is.sequence]).toEqual([was.uid, 0, 1]);
    expect(is.startDate.toUnixTime() - was.startDate.toUnixTime()).toBe(3_600);
  });

  it('stays for two weeks as canceled, then goes', async () => {
    const { path } = await userWith(
      { name: 'R-kept', updatedAt: daysAgo(400) },
      { name: 'R-canceled-lately', status: 'Canceled', updatedAt: daysAgo(13) },
      { name: 'R-canceled-long-ago', status: 'Canceled', updatedAt: daysAgo(16) },
      { name: 'R-gone-lately', removedAt: daysAgo(13), updatedAt: daysAgo(13) },
      { name: 'R-gone-long-ago', removedAt: daysAgo(16), updatedAt: daysAgo(16) },
    );
    const { events } = await fetchCalendar(path);
    const states = events.map(({ summary, component }) => [
      summary.split('R-')[1],
      component.getFirstPropertyValue('status'),
    ]);
    expect(Object.fromEntries(states)).toEqual({
      kept: 'CONFIRMED',
      'canceled-lately': 'CANCELLED',
      'gone-lately': 'CANCELLED',
    });
  });
});

describe('fetching again', () => {
  it('costs nothing to who has it, by ETag or by date, and the ETag decides', async () => {
    const { path } = await userWith({});
    const first = await app.call('GET', path, { headers: { 'accept-encoding': 'identity' } });
    const etag = first.headers.get('etag')!;
    const modified = first.headers.get('last-modified')!;
    expect(etag).toMatch(/^"[\w-]{43}"$/);
    expect(first.headers.get('cache-control')).toContain('private');
    const again = (headers: Record<string, string>) =>
      app.call('GET', path, { headers: { 'accept-encoding': 'identity', ...headers } });
    const same = await again({ 'if-none-match': etag });
    expect([same.status, same.text, same.headers.get('etag')]).toEqual([304, '', etag]);
    expect((await again({ 'if-none-match': `"other", W/${etag}` })).status).toBe(304);
    expect((await again({ 'if-none-match': '*' })).status).toBe(304);
    expect((await again({ 'if-modified-since': modified })).status).toBe(304);
    expect((await again({ 'if-modified-since': new Date(0).toUTCString() })).status).toBe(200);
    expect((await again({ 'if-none-match': '"other"', 'if-modified-since': modified })).status).toBe(200);
    expect((await again({ 'if-none-match': etag, 'if-modified-since': new Date(0).toUTCString() })).status).toBe(304);
    expect((await again({ 'if-modified-since': 'nonsense' })).status).toBe(200);
  });

  it('gives the same bytes under the same ETag', async () => {
    const { path } = await userWith({}, { name: 'R-2', status: 'Canceled' });
    const [one, other] = [await app.call('GET', path), await app.call('GET', path)];
    expect(other.headers.get('etag')).toBe(one.headers.get('etag'));
    expect(other.text).toBe(one.text);
  });

  it('is noticed by a new link of the rental too, which is no change that calendars would number', async () => {
    const { id, path } = await userWith({});
    const first = await app.call('GET', path);
    await affected(em(), sql`update bookings set record_url = 'https://portal.test/moved' where user_id = ${id}`);
    const second = await app.call('GET', path, { headers: { 'if-none-match': first.headers.get('etag')! } });
    expect(second.status).toBe(200);
    expect(second.text).toContain('URL;VALUE=URI:https://portal.test/moved\r\n');
  });

  it('is packed where the client can unpack, under an ETag of its own', async () => {
    const { path } = await userWith({});
    const plain = await raw(path, {});
    const packed = await raw(path, { 'accept-encoding': 'br;q=1, gzip;q=0.8' });
    expect(plain.headers['content-encoding']).toBeUndefined();
    expect(packed.headers['content-encoding']).toBe('gzip');
    expect(gunzipSync(packed.body).toString()).toBe(plain.body.toString());
    expect(packed.headers.etag).not.toBe(plain.headers.etag);
    expect([plain.headers.vary, packed.headers.vary]).toEqual(['accept-encoding', 'accept-encoding']);
    for (const etag of [plain.headers.etag!, packed.headers.etag!])
      expect((await raw(path, { 'accept-encoding': 'gzip', 'if-none-match': etag })).status).toBe(304);
    expect((await raw(path, { 'accept-encoding': 'gzip;q=0' })).headers['content-encoding']).toBeUndefined();
  });

  it('is noted, but not each time', async () => {
    const { id, path } = await userWith({});
    const fetchedAt = async () =>
      (await firstRow<{ at: Date | null }>(
        em(),
        sql`select last_fetched_at as at from calendar_feeds where user_id = ${id}`,
      ))!.at;
    expect(await fetchedAt()).toBeNull();
    await app.call('GET', path);
    const first = await fetchedAt();
    expect(Date.now() - first!.getTime()).toBeLessThan(60_000);
    await app.call('GET', path);
    expect(await fetchedAt()).toEqual(first);
    await affected(
      em(),
      sql`update calendar_feeds set last_fetched_at = now() - interval '1 hour' where user_id = ${id}`,
    );
    await app.call('GET', path);
    expect((await fetchedAt())!.getTime()).toBeGreaterThanOrEqual(first!.getTime());
  });

  it('is asked for as often as the user’s syncs run', async () => {
    const { id, path } = await userWith({});
    expect((await fetchCalendar(path)).text).toMatch(
      /REFRESH-INTERVAL;VALUE=DURATION:PT2H\r\nX-PUBLISHED-TTL:PT2H\r\n/,
    );
    await affected(em(), sql`update users set interval_minutes = 30 where id = ${id}`);
    expect((await fetchCalendar(path)).text).toMatch(
      /REFRESH-INTERVAL;VALUE=DURATION:PT30M\r\nX-PUBLISHED-TTL:PT30M\r\n/,
    );
  });
});

describe('a calendar', () => {
  it('without bookings is one all the same', async () => {
    const { path } = await userWith();
    const { events, component } = await fetchCalendar(path);
    expect(events).toEqual([]);
    expect(component.getFirstSubcomponent('vtimezone')!.getFirstPropertyValue('tzid')).toBe('America/New_York');
  });

  it('holds nothing of another user', async () => {
    const [owner, stranger] = [await userWith({ name: 'R-the-owner-only' }), await userWith({})];
    expect((await fetchCalendar(stranger.path)).text).not.toContain('R-the-owner-only');
    expect((await fetchCalendar(owner.path)).events).toHaveLength(1);
  });

  it('of 5,000 bookings holds each of them once', async () => {
    const { id, path } = await userWith();
    await seedManyBookings(app, id, 5_000);
    const { events } = await fetchCalendar(path);
    expect(new Set(events.map(({ uid }) => uid)).size).toBe(5_000);
    const starts = events.map(({ startDate }) => startDate.toUnixTime());
    expect(starts).toEqual([...starts].sort((one, other) => one - other));
    expect(new Date(starts[0]! * 1000).toISOString()).toBe('2020-01-01T22:00:00.000Z');
    expect(starts.at(-1)! - starts[0]!).toBe(4_999 * 7 * 3_600);
  });
});

/** Without the client's own unpacking. */
function raw(path: string, headers: Record<string, string>) {
  return new Promise<{ status: number; headers: Record<string, string | undefined>; body: Buffer }>(
    (resolve, reject) => {
      request(`${app.url}${path}`, { headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () =>
          resolve({
            status: response.statusCode!,
            headers: response.headers as Record<string, string | undefined>,
            body: Buffer.concat(chunks),
          }),
        );
      })
        .on('error', reject)
        .end();
    },
  );
}
