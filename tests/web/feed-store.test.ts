/** Feeds are read and rendered once for many readers, and an address that was closed opens nothing all the same. */
import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createFeedStore, RenderedFeed } from '#lib/server/calendar/feed-store.ts';
import type { ReadFeed } from '#lib/server/calendar/feed-store.ts';
import { renderCalendar } from '#lib/server/calendar/ics.ts';
import { startApp } from './support/app.ts';
import type { App } from './support/app.ts';
import { feedPath, seedBooking } from './support/calendar.ts';
import { blankRental } from '#domain/rental-list/fields.ts';

const validators = (tag: string) => ({ tag, lastModified: new Date(0) });
const calendar = (tag: string, text = tag): ReadFeed => ({ ...validators(tag), rendered: new RenderedFeed(text) });

describe('the store of feeds', () => {
  it('reads a version once for all who ask at the same time, and again once versions were forgotten', async () => {
    const store = createFeedStore();
    const read = vi.fn(async () => validators('one'));
    const [first, second] = await Promise.all([store.version('a', read), store.version('a', read)]);
    expect([first, second, read.mock.calls.length]).toEqual([validators('one'), validators('one'), 1]);
    store.forgetVersions();
    await store.version('a', read);
    await store.version('b', read);
    expect(read).toHaveBeenCalledTimes(3);
  });

  it('renders a version once, keeps it by the tag that it turned out to have, and another version beside it', async () => {
    const store = createFeedStore();
    const render = vi.fn(async () => calendar('newer'));
    const both = await Promise.all([1, 2].map(() => store.calendar(validators('seen'), render)));
    expect(both.map(({ tag }) => tag)).toEqual(['newer', 'newer']);
    expect((await store.calendar(validators('newer'), render)).rendered).toBe(both[0]!.rendered);
    expect(render).toHaveBeenCalledTimes(1);
    expect((await store.calendar(validators('other'), async () => calendar('other'))).tag).toBe('other');
  });

  it('tries again after a rendering that failed', async () => {
    const store = createFeedStore();
    const failing = store.calendar(validators('one'), () => Promise.reject(new Error('the database is away')));
    await expect(failing).rejects.toThrow('away');
    expect((await store.calendar(validators('one'), async () => calendar('one'))).tag).toBe('one');
  });

  it('lets go of the calendars that nobody asked for when the others need the room', async () => {
    const store = createFeedStore();
    const large = 'x'.repeat(12 * 1024 * 1024);
    const render = vi.fn(async (tag: string) => calendar(tag, large));
    const ask = (tag: string) => store.calendar(validators(tag), () => render(tag));
    for (const tag of ['one', 'two', 'one', 'three', 'one']) await ask(tag);
    expect(render).toHaveBeenCalledTimes(3);
    await ask('two');
    expect(render).toHaveBeenCalledTimes(4);
  });
});

it('a long calendar is written in slices, between which others have their turn', async () => {
  const [startsAt, endsAt] = [new Date('2026-07-04T19:05:00Z'), new Date('2026-07-04T20:05:00Z')];
  const booking = { startsAt, endsAt, firstSeenAt: startsAt, updatedAt: startsAt, removedAt: null, sequence: 0 };
  const texts = {
    ...blankRental,
    name: 'R-1',
    studio: 'Studio A',
    location: '',
    status: 'Approved',
    recordUrl: '',
    priceCents: null,
  };
  const bookings = Array.from({ length: 5_000 }, (_, id) => ({ id: String(id), ...texts, ...booking }));
  let turns = 0;
  let done = false;
  const others = (async () => {
    for (; !done; turns += 1) await setImmediate();
  })();
  await renderCalendar({ name: 'Long', alarmMinutes: [], refreshMinutes: 120 }, [bookings]);
  done = true;
  await others;
  expect(turns).toBeGreaterThan(3);
});

describe('a feed that was fetched a moment ago', () => {
  let app: App;
  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app.close());

  /** As a calendar app does, which has no part in what tests forget. */
  const fetchFeed = (path: string) => fetch(app.url + path);

  it('is the same for many readers at once, and for the next one', async () => {
    const { id, calendarUrl } = await app.newUser();
    await seedBooking(app, id);
    const answers = await Promise.all(Array.from({ length: 20 }, () => fetchFeed(feedPath(calendarUrl))));
    answers.push(await fetchFeed(feedPath(calendarUrl)));
    expect(new Set(answers.map(({ headers }) => headers.get('etag'))).size).toBe(1);
    const texts = new Set(await Promise.all(answers.map((answer) => answer.text())));
    expect([...texts]).toEqual([expect.stringContaining('SUMMARY:Studio A · R-490015')]);
  });

  it.each([
    ['revoked', 'DELETE', (id: string) => `/api/v1/user/feeds/${id}`],
    ['given a new address', 'POST', (id: string) => `/api/v1/user/feeds/${id}/rotate`],
    ['deleted with its account', 'DELETE', () => '/api/v1/user'],
  ])('opens nothing once it is %s', async (_, method, path) => {
    const { token, password, calendarUrl } = await app.newUser();
    const { feeds } = (await app.call('GET', '/api/v1/user/feeds', { token })).json as { feeds: { id: string }[] };
    expect((await fetchFeed(feedPath(calendarUrl))).status).toBe(200);
    const answer = await fetch(app.url + path(feeds[0]!.id), {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ password }),
    });
    expect(answer.ok).toBe(true);
    expect((await fetchFeed(feedPath(calendarUrl))).status).toBe(404);
  });
});
