import { beforeAll, describe, expect, it } from 'vitest';
import { bookingsBetween, bookingTotals, countBookings, overlappingBookings } from '#db/queries/booking-views.ts';
import { listBookings } from '#db/queries/bookings.ts';
import { listChangeGroups, listChangesOfJob } from '#db/queries/change-groups.ts';
import { countUnseenChanges, markChangesSeen, readChangesSeenAt } from '#db/queries/bookings.ts';
import { listJobs } from '#db/queries/sync-jobs.ts';
import { makeConnectedUser, rental, syncList, useDatabase } from './fixtures.ts';

const { em } = useDatabase();
const now = new Date('2026-11-23T19:16:00Z');
const at = (text: string) => new Date(text);
const union = '890 Broadway (Union Square)';

const season = [
  rental('past', { startsAt: at('2026-03-01T20:00Z'), endsAt: at('2026-03-01T21:30Z'), priceCents: 1_900 }),
  // The last evening of the year in New York is the next year already in UTC.
  rental('eve', { startsAt: at('2027-01-01T03:00Z'), endsAt: at('2027-01-01T04:00Z'), priceCents: null }),
  rental('one', { startsAt: at('2026-11-24T23:00Z'), endsAt: at('2026-11-25T01:00Z'), priceCents: 3_800 }),
  rental('two', {
    startsAt: at('2026-11-25T00:00Z'),
    endsAt: at('2026-11-25T02:00Z'),
    studio: 'Studio 3',
    location: union,
    priceCents: 4_000,
  }),
  rental('off', { startsAt: at('2026-11-25T00:30Z'), endsAt: at('2026-11-25T02:30Z'), status: 'Canceled' }),
  rental('next', {
    startsAt: at('2026-11-25T02:00Z'),
    endsAt: at('2026-11-25T03:00Z'),
    studio: 'Studio 3',
    location: union,
    priceCents: 2_000,
  }),
];

let ana: string;
let ben: string;
beforeAll(async () => {
  [ana, ben] = [await makeConnectedUser(em()), await makeConnectedUser(em())];
  await syncList(em(), ana, season);
  await syncList(em(), ben, [rental('one', { startsAt: at('2026-11-24T23:00Z'), endsAt: at('2026-11-25T01:00Z') })]);
});

const ids = (found: { recordId: string }[]) => found.map(({ recordId }) => recordId);

describe('a span of the calendar', () => {
  it('holds what takes place in it, also what began before', async () => {
    const span = { from: at('2026-11-25T00:30Z'), to: at('2026-11-25T02:00Z'), limit: 50 };
    expect(ids(await bookingsBetween(em(), ana, span))).toEqual(['one', 'two', 'off']);
    expect(ids(await bookingsBetween(em(), ana, { ...span, canceled: false, studio: 'Studio 3' }))).toEqual(['two']);
    expect(ids(await bookingsBetween(em(), ana, { ...span, limit: 1 }))).toEqual(['one']);
  });
});

describe('counts', () => {
  it('tell coming, past, and canceled ones apart, with the filters of the list', async () => {
    expect(await countBookings(em(), ana, { now })).toEqual({ upcoming: 4, past: 1, canceled: 1 });
    expect(await countBookings(em(), ana, { now, studio: 'studio 3' })).toEqual({ upcoming: 2, past: 0, canceled: 0 });
  });
});

describe('totals of a year', () => {
  it('sum hours and spend by month and by studio, in New York, without canceled ones', async () => {
    const totals = await bookingTotals(em(), ana, { year: 2026 });
    expect(totals.months).toEqual([
      { month: '2026-03', rentals: 1, minutes: 90, cents: 1_900 },
      { month: '2026-11', rentals: 3, minutes: 300, cents: 9_800 },
      { month: '2026-12', rentals: 1, minutes: 60, cents: 0 },
    ]);
    expect(totals.studios[0]).toEqual({ studio: 'Studio 3', location: union, rentals: 2, minutes: 180, cents: 6_000 });
    expect(totals).toMatchObject({ unpriced: 1, years: { first: 2026, last: 2026 } });
  });

  it('are empty where there is nothing', async () => {
    const totals = await bookingTotals(em(), ana, { year: 2026, q: 'no such rental' });
    expect(totals).toEqual({
      ...{ months: [], studios: [], unpriced: 0, years: null },
      pending: { rentals: 0, minutes: 0, cents: 0 },
    });
    expect((await bookingTotals(em(), ana, { year: 2030 })).years).toEqual({ first: 2026, last: 2026 });
  });
});

describe('overlaps', () => {
  it('are pairs of coming rentals at the same time; back to back is none, nor are canceled ones', async () => {
    const pairs = await overlappingBookings(em(), ana, now, 10);
    expect(pairs.map(({ first, second }) => ids([first, second]))).toEqual([['one', 'two']]);
    expect(await overlappingBookings(em(), ana, at('2026-11-25T01:00Z'), 10)).toEqual([]);
    expect(await overlappingBookings(em(), ben, now, 10)).toEqual([]);
  });

  it('are all pairs, in order, where many share a time, and the nearest ones where there are more', async () => {
    const minutes = (count: number) => new Date(at('2026-11-24T12:00Z').getTime() + count * 60_000);
    // One over the whole day, another over noon, two at the very same time, one by itself in the evening.
    const times = {
      day: [0, 600],
      dawn: [0, 30],
      noon: [200, 400],
      same: [210, 240],
      twin: [210, 240],
      late: [600, 660],
    };
    const crowd = Object.entries(times).map(([recordId, [from, to]]) =>
      rental(recordId, { startsAt: minutes(from!), endsAt: minutes(to!) }),
    );
    const eve = await makeConnectedUser(em());
    await syncList(em(), eve, crowd);
    const { bookings } = await listBookings(em(), eve, { limit: 50, order: 'oldest' });
    const expected = bookings.flatMap((second, index) =>
      bookings
        .slice(0, index)
        .filter((first) => first.endsAt > second.startsAt)
        .map((first) => ids([first, second])),
    );
    expect(expected).toHaveLength(7);
    const read = async (limit: number) =>
      (await overlappingBookings(em(), eve, now, limit)).map(({ first, second }) => ids([first, second]));
    expect(await read(50)).toEqual(expected);
    for (const limit of [1, 3, 5]) expect(await read(limit)).toEqual(expected.slice(0, limit));
  });
});

describe('the two sides of now', () => {
  it('are what ends later and what has ended', async () => {
    const list = { limit: 50, canceled: false };
    const coming = await listBookings(em(), ana, { ...list, endsAfter: at('2026-11-25T01:00Z'), order: 'oldest' });
    expect(ids(coming.bookings)).toEqual(['two', 'next', 'eve']);
    const past = await listBookings(em(), ana, { ...list, endsBy: at('2026-11-25T01:00Z') });
    expect(ids(past.bookings)).toEqual(['one', 'past']);
    expect(ids((await listBookings(em(), ana, { limit: 50, canceled: true })).bookings)).toEqual(['off']);
  });
});

describe('what changed, sync by sync', () => {
  let dora: string;
  beforeAll(async () => {
    dora = await makeConnectedUser(em());
    await syncList(em(), dora, season);
    const moved = season.map((one) =>
      one.recordId === 'one' ? { ...one, startsAt: at('2026-11-24T22:00Z'), priceCents: 4_200 } : one,
    );
    await syncList(em(), dora, [...moved, rental('fresh', { startsAt: at('2026-11-20T20:00Z') })]);
    await syncList(em(), dora, [...moved, rental('fresh', { startsAt: at('2026-11-20T20:00Z') })]);
  });

  it('is one group a sync that found something, newest first, known rentals before new ones', async () => {
    const { groups, nextCursor } = await listChangeGroups(em(), dora, { limit: 10, perGroup: 5, newPerGroup: 2 });
    expect(groups.map(({ counts }) => counts)).toEqual([{ added: 1, moved: 1, price: 1 }, { added: 6 }]);
    const kinds = groups[0]!.entries.map(({ kind }) => kind);
    expect(kinds.toSorted()).toEqual(['added', 'moved', 'price']);
    expect(kinds.at(-1)).toBe('added');
    expect(groups[0]!.entries[0]).toMatchObject({ startsAt: at('2026-11-24T22:00Z'), studio: 'Studio A' });
    expect(groups[1]!.entries).toHaveLength(2);
    expect(nextCursor).toBeNull();
  });

  it('begins with what is still to come, the nearest first', async () => {
    const ella = await makeConnectedUser(em());
    const hours = (count: number) => new Date(Date.now() + count * 3_600_000);
    const starts = { past: -50, next: 5, soon: 2, before: -3 };
    await syncList(
      em(),
      ella,
      Object.entries(starts).map(([id, start]) => rental(id, { startsAt: hours(start), endsAt: hours(start + 1) })),
    );
    const { groups } = await listChangeGroups(em(), ella, { limit: 1, perGroup: 5, newPerGroup: 3 });
    expect(groups[0]!.entries.map(({ name }) => name)).toEqual(['soon', 'next', 'before'].map((id) => rental(id).name));
    const pages: string[][] = [];
    let cursor: string | null = null;
    do {
      const page = await listChangesOfJob(em(), ella, { jobId: groups[0]!.jobId!, limit: 1, cursor });
      pages.push(page.entries.map(({ name }) => name));
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(pages).toEqual(['soon', 'next', 'before', 'past'].map((id) => [rental(id).name]));
  });

  it('comes in pages', async () => {
    const first = await listChangeGroups(em(), dora, { limit: 1, perGroup: 5, newPerGroup: 5 });
    const second = await listChangeGroups(em(), dora, {
      limit: 1,
      perGroup: 5,
      newPerGroup: 5,
      cursor: first.nextCursor,
    });
    expect(second.groups.map(({ counts }) => counts)).toEqual([{ added: 6 }]);
    expect(second.nextCursor).toBeNull();
  });

  it('can be read in full for one sync, by its owner only', async () => {
    const { groups } = await listChangeGroups(em(), dora, { limit: 2, perGroup: 1, newPerGroup: 1 });
    const jobId = groups[1]!.jobId!;
    const first = await listChangesOfJob(em(), dora, { jobId, limit: 4 });
    const rest = await listChangesOfJob(em(), dora, { jobId, limit: 4, cursor: first.nextCursor });
    const all = [...first.entries, ...rest.entries];
    expect(new Set(all.map(({ id }) => id)).size).toBe(6);
    expect(all).toHaveLength(6);
    expect((await listChangesOfJob(em(), ana, { jobId, limit: 4 })).entries).toEqual([]);
  });

  it('is seen up to what was looked at, the first sync from the beginning, and never unseen again', async () => {
    const { groups } = await listChangeGroups(em(), dora, { limit: 10, perGroup: 1, newPerGroup: 1 });
    expect(await readChangesSeenAt(em(), dora)).toEqual(groups[1]!.at);
    await markChangesSeen(em(), ana);
    expect(await countUnseenChanges(em(), dora)).toBe(3);
    await markChangesSeen(em(), dora, groups[0]!.at);
    await markChangesSeen(em(), dora, groups[1]!.at);
    expect(await countUnseenChanges(em(), dora)).toBe(0);
    expect(await readChangesSeenAt(em(), dora)).toEqual(groups[0]!.at);
  });
});

describe('the history', () => {
  it('is filtered by how a sync came about and how it ended', async () => {
    const manual = await listJobs(em(), ana, {
      limit: 10,
      triggeredManually: true,
      status: 'completed',
      partial: false,
    });
    expect(manual.jobs).toHaveLength(1);
    expect((await listJobs(em(), ana, { limit: 10, triggeredManually: false })).jobs).toEqual([]);
    expect((await listJobs(em(), ana, { limit: 10, partial: true })).jobs).toEqual([]);
    expect((await listJobs(em(), ana, { limit: 10, errorCode: 'timed_out' })).jobs).toEqual([]);
  });
});
