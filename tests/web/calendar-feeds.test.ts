/** A user's calendar feeds: made, narrowed, changed, given new addresses and closed, by tRPC and by REST. */
import { randomUUID } from 'node:crypto';
import type ICAL from 'ical.js';
import { describe, expect, it } from 'vitest';
import { CalendarFeed } from '#db/entities/index.ts';
import { affected, sql } from '../support/sql.ts';
import type { CalendarFeedView } from '#domain/shapes/calendar.ts';
import { useApp } from './support/app.ts';
import type { TestUser } from './support/app.ts';
import { daysAgo, feedPath, parseCalendar, seedBooking, shareAll } from './support/calendar.ts';
import { quietTemporal } from './support/temporal-double.ts';
import { trpcClient } from './support/trpc.ts';

const temporal = quietTemporal();
const app = await useApp({ temporal, env: { PUBLIC_URL: 'https://rentals.test' } });

/** As the owner's tools reach the feeds. */
function calendarOf({ token }: TestUser) {
  const { calendar } = trpcClient(app.url, token);
  return {
    list: () => calendar.list.query(),
    choices: () => calendar.choices.query(),
    create: calendar.create.mutate,
    update: calendar.update.mutate,
    rotate: calendar.rotate.mutate,
    revoke: calendar.revoke.mutate,
  };
}

const fetchFeed = (url: string) => app.call('GET', feedPath(url));

async function namesIn({ url }: Pick<CalendarFeedView, 'url'>): Promise<string[]> {
  const { status, text } = await fetchFeed(url);
  expect(status).toBe(200);
  return parseCalendar(text).events.map(({ summary }) => summary.split(' · ')[1]!);
}

describe('a new account', () => {
  it('has one feed, which is the address in its profile', async () => {
    const user = await app.newUser();
    const feeds = await calendarOf(user).list();
    expect(feeds).toHaveLength(1);
    expect(feeds[0]).toMatchObject({
      name: 'My rentals',
      url: user.calendarUrl,
      filters: { studios: [], locations: [], statuses: [], upcomingOnly: false, hideCanceled: false },
      alarmMinutes: [],
      lastFetchedAt: null,
    });
  });
});

it('a filter that there is not is refused, and no unfiltered feed is made', async () => {
  const user = await app.newUser();
  const body = { name: 'Mine', filters: { studio: ['Studio A'] } };
  const refused = await app.call('POST', '/api/v1/user/feeds', { token: user.token, body });
  expect(refused.json).toMatchObject({ status: 422, code: 'validation_failed' });
  expect(refused.json.errors).toEqual({ filters: ['There is no studio here. Look at its spelling.'] });
  const filters = { studio: ['Studio A'] } as object;
  await expect(calendarOf(user).create({ name: 'Mine', filters })).rejects.toThrow('Some fields are not valid');
  expect(await calendarOf(user).list()).toHaveLength(1);
});

describe('the ways to subscribe', () => {
  it('lead to Google, Apple, Outlook and a phone', async () => {
    const user = await app.newUser();
    const feed = await calendarOf(user).create({ name: 'Übung & Tanz' });
    expect(feed.url).toMatch(/^https:\/\/rentals\.test\/calendar\/[\w-]{43}\.ics$/);
    expect(feed.webcalUrl).toBe(feed.url.replace('https:', 'webcal:'));
    expect(feed.subscribe.apple).toBe(feed.webcalUrl);
    const google = new URL(feed.subscribe.google);
    expect([google.origin + google.pathname, google.searchParams.get('cid')]).toEqual([
      'https://calendar.google.com/calendar/r',
      feed.webcalUrl,
    ]);
    const outlook = new URL(feed.subscribe.outlook);
    expect(outlook.origin + outlook.pathname).toBe('https://outlook.live.com/calendar/0/addfromweb');
    expect(Object.fromEntries(outlook.searchParams)).toEqual({ url: feed.url, name: 'Übung & Tanz' });
    expect(feed.qr.path).toMatch(/^(M\d+ \d+h\d+v1h-\d+z)+$/);
    // Three finders, each with a bar of seven dark modules at its top, four modules from the edge.
    expect(feed.qr.path).toContain(`M4 4h7v1h-7z`);
    expect(feed.qr.path).toContain(`M${feed.qr.size - 11} 4h7v1h-7z`);
    expect(feed.qr.path).toContain(`M4 ${feed.qr.size - 5}h7v1h-7z`);
  });
});

describe('a feed with filters', () => {
  async function dancer() {
    const user = await app.newUser();
    const day = (offset: number) => daysAgo(-offset);
    await seedBooking(app, user.id, { name: 'past', startsAt: day(-3) });
    await seedBooking(app, user.id, { name: 'next', startsAt: day(1), studio: 'Studio B' });
    await seedBooking(app, user.id, { name: 'square', startsAt: day(2), location: '890 Broadway (Union Square)' });
    await seedBooking(app, user.id, { name: 'canceled', startsAt: day(3), status: 'Canceled' });
    return user;
  }

  it.each([
    [{}, ['past', 'next', 'square', 'canceled']],
    [{ studios: ['studio b'] }, ['next']],
    [{ studios: ['Studio B', 'Studio A'], locations: ['890 Broadway (Union Square)'] }, ['square']],
    [{ statuses: ['Approved'] }, ['past', 'next', 'square']],
    [{ upcomingOnly: true }, ['next', 'square', 'canceled']],
    [{ hideCanceled: true }, ['past', 'next', 'square']],
    [{ upcomingOnly: true, hideCanceled: true, studios: ['Studio A'] }, ['square']],
    [{ studios: ['nowhere'] }, []],
  ])('%j shows %j', async (filters, expected) => {
    const feed = await calendarOf(await dancer()).create({ name: 'Some', filters });
    expect(await namesIn(feed)).toEqual(expected);
  });

  it('can choose among the values that the bookings have', async () => {
    expect(await calendarOf(await dancer()).choices()).toEqual({
      studios: ['Studio A', 'Studio B'],
      locations: ['280 Broadway (Lower Manhattan)', '890 Broadway (Union Square)'],
      statuses: ['Approved', 'Canceled'],
    });
  });

  it('can choose among what others share, too', async () => {
    const owner = await dancer();
    const member = await app.newUser();
    await seedBooking(app, member.id, { studio: 'Studio Z' });
    await shareAll(app, owner.id, member.id);
    expect((await calendarOf(member).choices()).studios).toEqual(['Studio A', 'Studio B', 'Studio Z']);
  });

  it('rings before what takes place, and never for what is canceled', async () => {
    const feed = await calendarOf(await dancer()).create({ name: 'Loud', alarmMinutes: [15, 1_440, 15] });
    expect(feed.alarmMinutes).toEqual([1_440, 15]);
    const calendar = parseCalendar((await fetchFeed(feed.url)).text);
    const alarmsOf = (name: string) =>
      calendar
        .event(name)
        .component.getAllSubcomponents('valarm')
        .map((alarm) => (alarm.getFirstPropertyValue('trigger') as ICAL.Duration).toSeconds());
    expect(alarmsOf('next')).toEqual([-86_400, -900]);
    expect(alarmsOf('canceled')).toEqual([]);
  });
});

describe('changing a feed', () => {
  it('keeps its address and what was not named, and is seen at the next fetch', async () => {
    const user = await app.newUser();
    await seedBooking(app, user.id);
    const calendar = calendarOf(user);
    const feed = await calendar.create({ name: 'One', alarmMinutes: [30] });
    const before = await fetchFeed(feed.url);
    const changed = await calendar.update({ id: feed.id, name: 'Two, three; four' });
    expect(changed).toMatchObject({ id: feed.id, url: feed.url, name: 'Two, three; four', alarmMinutes: [30] });
    const after = await app.call('GET', feedPath(feed.url), {
      headers: { 'if-none-match': before.headers.get('etag')! },
    });
    expect(after.status).toBe(200);
    expect(after.text).toContain('X-WR-CALNAME:Two\\, three\\; four\r\n');
    const narrowed = await calendar.update({ id: feed.id, filters: { studios: ['Nowhere'] } });
    expect(narrowed.filters.studios).toEqual(['Nowhere']);
    expect(await namesIn(feed)).toEqual([]);
  });
});

describe('the address of a feed', () => {
  it('is in the database by its hash and sealed only', async () => {
    const user = await app.newUser();
    const token = feedPath(user.calendarUrl).slice('/calendar/'.length, -'.ics'.length);
    const row = await app.services.orm.em.fork().findOneOrFail(CalendarFeed, { userId: user.id }, { populate: ['*'] });
    expect(JSON.stringify(row)).not.toContain(token);
    expect(row.tokenSealed).toMatch(/^v1\.test\./);
  });

  it('can be exchanged for a new one: the old one opens nothing, the other feeds go on', async () => {
    const user = await app.newUser();
    const calendar = calendarOf(user);
    const feed = await calendar.create({ name: 'Shared' });
    const rotated = await calendar.rotate({ id: feed.id });
    expect([rotated.id, rotated.name]).toEqual([feed.id, 'Shared']);
    expect(rotated.url).not.toBe(feed.url);
    expect((await fetchFeed(feed.url)).status).toBe(404);
    expect((await fetchFeed(rotated.url)).status).toBe(200);
    expect((await fetchFeed(user.calendarUrl)).status).toBe(200);
  });

  it('that was revoked answers as one that never was, whatever the client has', async () => {
    const user = await app.newUser();
    const calendar = calendarOf(user);
    const feed = await calendar.create({ name: 'Brief' });
    const etag = (await fetchFeed(feed.url)).headers.get('etag')!;
    await calendar.revoke({ id: feed.id });
    const revoked = await app.call('GET', feedPath(feed.url), { headers: { 'if-none-match': etag } });
    const never = await app.call('GET', `/calendar/${'x'.repeat(43)}.ics`);
    const odd = await app.call('GET', '/calendar/x.ics');
    expect(revoked.status).toBe(404);
    expect(revoked.headers.get('content-type')).toBe('application/problem+json');
    expect([never.text, odd.text]).toEqual([revoked.text, revoked.text]);
    expect((await calendar.list()).map(({ name }) => name)).toEqual(['My rentals']);
    for (const again of [calendar.revoke, calendar.rotate])
      await expect(again({ id: feed.id })).rejects.toMatchObject({ data: { httpStatus: 404, reason: 'not_found' } });
  });

  it('is none once the user has revoked them all, and no new one appears by itself', async () => {
    const user = await app.newUser();
    const [feed] = await calendarOf(user).list();
    await calendarOf(user).revoke({ id: feed!.id });
    const profile = await app.call('GET', '/api/v1/user/profile', { token: user.token });
    expect(profile.json.calendar_url).toBeNull();
    expect(await calendarOf(user).list()).toEqual([]);
  });

  it('opens the calendar while Temporal is away and the last syncs failed', async () => {
    const user = await app.newUser();
    await seedBooking(app, user.id);
    await affected(
      app.services.orm.em.fork(),
      sql`insert into sync_jobs (id, user_id, status, error_code) values (${randomUUID()}, ${user.id}, 'failed', 'portal_changed')`,
    );
    temporal.away = true;
    try {
      expect(await namesIn({ url: user.calendarUrl })).toEqual(['R-490015']);
    } finally {
      temporal.away = false;
    }
  });
});

describe('another user’s feed', () => {
  it('can be neither changed nor exchanged nor revoked', async () => {
    const [owner, stranger] = [await app.newUser(), await app.newUser()];
    const { id, url } = await calendarOf(owner).create({ name: 'Mine' });
    const theirs = calendarOf(stranger);
    const attempts = [
      () => theirs.update({ id, name: 'Stolen' }),
      () => theirs.rotate({ id }),
      () => theirs.revoke({ id }),
    ];
    for (const attempt of attempts)
      await expect(attempt()).rejects.toMatchObject({
        message: `There is no calendar ${id}.`,
        data: { httpStatus: 404, reason: 'not_found' },
      });
    expect((await calendarOf(owner).list()).at(-1)).toMatchObject({ id, url, name: 'Mine' });
    for (const [method, path] of [
      ['PUT', `/api/v1/user/feeds/${id}`],
      ['POST', `/api/v1/user/feeds/${id}/rotate`],
      ['DELETE', `/api/v1/user/feeds/${id}`],
    ] as const) {
      const answer = await app.call(method, path, { token: stranger.token, body: { name: 'Stolen' } });
      expect([answer.status, answer.json.code]).toEqual([404, 'not_found']);
    }
    expect((await fetchFeed(url)).status).toBe(200);
  });
});

describe('bad input for a feed', () => {
  it.each([
    [{}, 'name'],
    [{ name: '   ' }, 'name'],
    [{ name: 'x'.repeat(81) }, 'name'],
    [{ name: 'two\nlines' }, 'name'],
    [{ name: 'x', alarm_minutes: [-1] }, 'alarm_minutes.0'],
    [{ name: 'x', alarm_minutes: [1, 2, 3, 4, 5, 6] }, 'alarm_minutes'],
    [{ name: 'x', alarm_minutes: ['ten'] }, 'alarm_minutes.0'],
    [{ name: 'x', filters: { studios: 'A' } }, 'filters.studios'],
    [{ name: 'x', filters: { studios: ['\0'] } }, 'filters.studios.0'],
    [{ name: 'x', filters: { upcoming_only: 'yes' } }, 'filters.upcoming_only'],
  ])('%j is refused, naming %s', async (body, field) => {
    const user = await app.newUser();
    const answer = await app.call('POST', '/api/v1/user/feeds', { token: user.token, body });
    expect([answer.status, answer.json.code]).toEqual([422, 'validation_failed']);
    expect(Object.keys(answer.json.errors)).toEqual([field]);
    expect(await calendarOf(user).list()).toHaveLength(1);
  });

  it('one feed more than anybody needs is refused', async () => {
    const calendar = calendarOf(await app.newUser());
    for (let made = 1; made < 20; made++) await calendar.create({ name: `Feed ${made}` });
    await expect(calendar.create({ name: 'One too many' })).rejects.toThrow('You have 20 calendars');
  });
});

describe('feeds by REST', () => {
  it('are made, listed, changed, exchanged and closed', async () => {
    const user = await app.newUser();
    const call = (method: string, path: string, body?: unknown) =>
      app.call(method, `/api/v1/user/feeds${path}`, { token: user.token, body });
    const made = await call('POST', '', {
      name: 'Union Square',
      filters: { upcoming_only: true },
      alarm_minutes: [60],
    });
    expect(made.status).toBe(201);
    expect(made.json).toMatchObject({ name: 'Union Square', alarm_minutes: [60], last_fetched_at: null });
    expect(made.json.filters).toMatchObject({ upcoming_only: true, hide_canceled: false, studios: [] });
    const { id, url } = made.json;
    const { feeds } = (await call('GET', '')).json as { feeds: { id: string }[] };
    expect(feeds.map((feed) => feed.id)).toContain(id);
    const changed = await call('PUT', `/${id}`, { name: 'All', filters: { hide_canceled: true } });
    expect(changed.json).toMatchObject({ name: 'All', url, alarm_minutes: [] });
    expect(changed.json.filters).toMatchObject({ upcoming_only: false, hide_canceled: true });
    const rotated = await call('POST', `/${id}/rotate`);
    expect(rotated.status).toBe(200);
    expect(rotated.json.url).not.toBe(url);
    expect((await call('DELETE', `/${id}`)).status).toBe(204);
    expect((await fetchFeed(rotated.json.url)).status).toBe(404);
    expect((await call('DELETE', `/${id}`)).status).toBe(404);
  });
});
