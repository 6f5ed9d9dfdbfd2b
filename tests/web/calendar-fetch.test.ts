/** A calendar app fetches the feed again: ETag, conditions, compression, methods. */
import { gunzipSync } from 'node:zlib';
import { request } from 'node:http';
import { describe, expect, it } from 'vitest';
import { removeMember } from '#db/queries/group-members.ts';
import { affected, firstRow, sql } from '../support/sql.ts';
import { useApp } from './support/app.ts';
import type { TestUser } from './support/app.ts';
import { daysAgo, feedPath, parseCalendar, seedBooking, shareAll, type SeededBooking } from './support/calendar.ts';

const app = await useApp();

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

  it('has no date to go by while others share rentals, since what joins a group or leaves it has none', async () => {
    const [owner, member] = [await userWith({ updatedAt: daysAgo(9) }), await userWith({ updatedAt: daysAgo(9) })];
    await affected(em(), sql`update calendar_feeds set updated_at = now() - interval '9 days'`);
    const today = (await app.call('GET', member.path)).headers.get('last-modified')!;
    const since = (date: string) => app.call('GET', member.path, { headers: { 'if-modified-since': date } });
    expect((await since(today)).status).toBe(304);
    const groupId = await shareAll(app, owner.id, member.id);
    const joined = await since(today);
    expect([joined.status, joined.headers.get('last-modified')]).toEqual([200, null]);
    expect(parseCalendar(joined.text).events).toHaveLength(2);
    const left = { groupId, userId: member.id };
    await removeMember(em(), owner.id, left);
    expect((await since(today)).status).toBe(200);
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

describe('the methods of a feed', () => {
  const send = (path: string, method: string, headers: Record<string, string> = {}) =>
    fetch(`${app.url}${path}`, { method, headers: { 'accept-encoding': 'identity', ...headers } });

  it('HEAD is GET without its body', async () => {
    const { path } = await userWith({});
    const [head, get] = [await send(path, 'HEAD'), await send(path, 'GET')];
    const headersOf = ({ headers }: Response) => {
      const {
        date: _date,
        'x-request-id': _id,
        connection: _connection,
        'keep-alive': _alive,
        ...rest
      } = Object.fromEntries(headers);
      return rest;
    };
    expect([head.status, await head.text()]).toEqual([200, '']);
    expect(headersOf(head)).toEqual(headersOf(get));
    expect(head.headers.get('content-length')).toBe(String(Buffer.byteLength(await get.text())));
    expect((await send(path, 'HEAD', { 'if-none-match': head.headers.get('etag')! })).status).toBe(304);
    expect((await send(`/calendar/${'x'.repeat(43)}.ics`, 'HEAD')).status).toBe(404);
  });

  it.each(['PROPFIND', 'PROPPATCH', 'REPORT', 'MKCALENDAR', 'LOCK', 'PUT', 'POST', 'DELETE'])(
    '%s is not one of them',
    async (method) => {
      const { path } = await userWith({});
      const answer = await send(path, method);
      expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, HEAD, OPTIONS']);
    },
  );

  it('are told to who asks', async () => {
    const { path } = await userWith({});
    const answer = await send(path, 'OPTIONS');
    expect([answer.status, answer.headers.get('allow')]).toEqual([204, 'GET, HEAD, OPTIONS']);
  });
});
