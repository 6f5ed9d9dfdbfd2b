import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { BadCursorError } from '#db/cursor.ts';
import {
  countUnseenChanges,
  listBookings,
  listChanges,
  markChangesSeen,
  readBooking,
  upcomingBookings,
} from '#db/queries/bookings.ts';
import { appendJobLog, listJobLogs, listJobs, readJob, readLatestState } from '#db/queries/sync-jobs.ts';
import { readUser } from '#db/queries/users.ts';
import { beginJob, hourMs, makeConnectedUser, makeUser, rental, syncList, useDatabase, anyDate } from './fixtures.ts';

const { em } = useDatabase();
const start = Math.ceil(Date.now() / hourMs) * hourMs;
const at = (hours: number) => new Date(start + hours * hourMs);
const lower = '280 Broadway (Lower Manhattan)';
const union = '890 Broadway (Union Square)';

const season = [
  rental('past', { startsAt: at(-30), endsAt: at(-29), status: 'Completed', studio: 'Studio 3', location: union }),
  rental('canceled', { startsAt: at(5), endsAt: at(6), status: 'Canceled' }),
  rental('soon', { startsAt: at(6), endsAt: at(8), name: '50%_Probe \\ Ü' }),
  rental('later', { startsAt: at(30), endsAt: at(31), studio: 'Studio 3', location: union }),
  rental('last', { startsAt: at(60), endsAt: at(61) }),
];

let ana: string;
let ben: string;
beforeAll(async () => {
  [ana, ben] = [await makeConnectedUser(em()), await makeConnectedUser(em())];
  await syncList(em(), ana, [...season, rental('gone', { startsAt: at(40), endsAt: at(41) })]);
  await syncList(em(), ana, season);
  await syncList(em(), ben, [rental('soon', { startsAt: at(6), name: 'his' })]);
});

const ids = (found: { recordId: string }[]) => found.map(({ recordId }) => recordId);

describe('bookings', () => {
  it('come newest start first, removed and canceled ones included, with their number', async () => {
    const found = await listBookings(em(), ana, { limit: 50 });
    expect(ids(found.bookings)).toEqual(['last', 'gone', 'later', 'soon', 'canceled', 'past']);
    expect(found).toMatchObject({ total: 6, nextCursor: null });
  });

  it.each([
    ['from', { from: at(6) }, ['last', 'gone', 'later', 'soon']],
    ['to, which is not included', { to: at(6) }, ['canceled', 'past']],
    ['status in any case', { status: 'CANCELED' }, ['canceled']],
    ['studio', { studio: 'studio 3' }, ['later', 'past']],
    ['location', { location: union }, ['later', 'past']],
    ['text', { q: 'union' }, ['later', 'past']],
    ['text with signs that SQL knows', { q: '%_probe \\ ü' }, ['soon']],
    ['an apostrophe', { q: "'; drop table bookings; --" }, []],
    ['a character that cannot be stored', { q: 'union\0', studio: 'Studio 3\0' }, ['later', 'past']],
    ['removed only', { removed: true }, ['gone']],
    ['not removed', { removed: false }, ['last', 'later', 'soon', 'canceled', 'past']],
    [
      'several at once',
      { studio: 'Studio A', location: lower, from: at(0), removed: false },
      ['last', 'soon', 'canceled'],
    ],
    ['the other order', { order: 'oldest', removed: false, from: at(6) }, ['soon', 'later', 'last']],
  ] as const)('are filtered by %s', async (_case, filter, expected) => {
    const found = await listBookings(em(), ana, { ...filter, limit: 50 });
    expect(ids(found.bookings)).toEqual(expected);
    expect(found.total).toBe(expected.length);
  });

  it.each(['newest', 'oldest'] as const)('come page by page, %s first, each once', async (order) => {
    const all = await listBookings(em(), ana, { order, limit: 50 });
    const paged: string[] = [];
    let cursor: string | null = null;
    do {
      const page = await listBookings(em(), ana, { order, limit: 2, cursor });
      expect(page.total).toBe(6);
      paged.push(...ids(page.bookings));
      cursor = page.nextCursor;
    } while (cursor);
    expect(paged).toEqual(ids(all.bookings));
  });

  it('that start at the same time are not lost between pages', async () => {
    const userId = await makeConnectedUser(em());
    await syncList(
      em(),
      userId,
      Array.from({ length: 7 }, (_, index) => rental(`same${index}`, { startsAt: at(3) })),
    );
    const first = await listBookings(em(), userId, { limit: 3 });
    const second = await listBookings(em(), userId, { limit: 50, cursor: first.nextCursor });
    expect(new Set([...ids(first.bookings), ...ids(second.bookings)]).size).toBe(7);
  });

  it('that are upcoming are on the portal, not canceled and not over, the nearest first', async () => {
    expect(ids(await upcomingBookings(em(), ana, at(7), 10))).toEqual(['soon', 'later', 'last']);
    expect(ids(await upcomingBookings(em(), ana, at(8), 1))).toEqual(['later']);
  });
});

describe('cursors', () => {
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

  it.each([
    ['nothing', ''],
    ['no JSON', 'zzz'],
    ['a JSON that is no list', encode({})],
    ['another list', encode(['jobs', new Date(), randomUUID()])],
    ['another order', encode(['bookings oldest', new Date(), randomUUID()])],
    ['a time that is none', encode(['bookings newest', 'soon', randomUUID()])],
    ['an id that is none', encode(['bookings newest', new Date(), "' or true --"])],
    ['too little', encode(['bookings newest'])],
  ])('made of %s are refused', async (_case, cursor) => {
    await expect(listBookings(em(), ana, { limit: 5, cursor })).rejects.toThrow(BadCursorError);
    await expect(listChanges(em(), ana, { limit: 5, cursor })).rejects.toThrow(BadCursorError);
    await expect(listJobLogs(em(), ana, randomUUID(), { limit: 5, cursor })).rejects.toThrow(BadCursorError);
  });

  it('of bookings are refused in the history', async () => {
    const { nextCursor } = await listBookings(em(), ana, { limit: 1 });
    await expect(listJobs(em(), ana, { limit: 5, cursor: nextCursor })).rejects.toThrow(BadCursorError);
  });
});

describe('changes', () => {
  it('come newest first, with the name as it is now, page by page', async () => {
    const first = await listChanges(em(), ana, { limit: 4 });
    expect(first.changes[0]).toMatchObject({
      kind: 'removed',
      name: 'R-gone',
      before: { name: 'R-gone' },
      after: null,
    });
    const rest = await listChanges(em(), ana, { limit: 10, cursor: first.nextCursor });
    expect(rest.nextCursor).toBeNull();
    const found = [...first.changes, ...rest.changes];
    expect(found.map(({ kind }) => kind)).toEqual(['removed', ...Array.from({ length: 6 }, () => 'added')]);
    expect(new Set(found.map(({ id }) => id)).size).toBe(7);
  });

  it('can be had of one booking', async () => {
    const { bookings } = await listBookings(em(), ana, { limit: 1, removed: true });
    const { changes } = await listChanges(em(), ana, { limit: 10, bookingId: bookings[0]!.id });
    expect(changes.map(({ kind }) => kind)).toEqual(['removed', 'added']);
    expect((await listChanges(em(), ana, { limit: 10, bookingId: 'no-id' })).changes).toEqual([]);
  });

  it('are new until they were looked at', async () => {
    const userId = await makeConnectedUser(em());
    await syncList(em(), userId, [rental('one')]);
    await syncList(em(), userId, [rental('one'), rental('two')]);
    expect(await countUnseenChanges(em(), userId)).toBe(1);
    await markChangesSeen(em(), userId);
    expect(await countUnseenChanges(em(), userId)).toBe(0);
  });
});

describe('history and logs', () => {
  it('list jobs newest first, page by page, by status if asked for', async () => {
    const userId = await makeConnectedUser(em());
    const made: string[] = [];
    for (let count = 0; count < 3; count += 1) made.unshift((await syncList(em(), userId, [])).jobId);
    made.unshift(await beginJob(em(), userId));
    const first = await listJobs(em(), userId, { limit: 3 });
    const second = await listJobs(em(), userId, { limit: 3, cursor: first.nextCursor });
    expect([...first.jobs, ...second.jobs].map(({ id }) => id)).toEqual(made);
    expect(second.nextCursor).toBeNull();
    expect((await listJobs(em(), userId, { limit: 9, status: 'running' })).jobs.map(({ id }) => id)).toEqual([made[0]]);
  });

  it('show a job’s lines in order, by level if asked for', async () => {
    const userId = await makeConnectedUser(em());
    const jobId = await beginJob(em(), userId);
    for (const level of ['info', 'warn', 'info', 'error'] as const)
      await appendJobLog(em(), { userId, jobId, level, phase: 'reading', message: `a ${level}`, data: { rows: 3 } });
    const first = await listJobLogs(em(), userId, jobId, { limit: 3 });
    const second = await listJobLogs(em(), userId, jobId, { limit: 3, cursor: first.nextCursor });
    expect([...first.logs, ...second.logs].map(({ level }) => level)).toEqual(['info', 'warn', 'info', 'error']);
    expect(first.logs[0]).toMatchObject({
      at: anyDate,
      phase: 'reading',
      message: 'a info',
      data: { rows: 3 },
    });
    const { logs } = await listJobLogs(em(), userId, jobId, { limit: 9, level: 'info' });
    expect(logs).toHaveLength(2);
  });

  it('take no line for a job that is not there', async () => {
    const line = { level: 'info', phase: 'reading', message: 'lost' } as const;
    await appendJobLog(em(), { userId: ana, jobId: randomUUID(), ...line });
    expect((await listJobLogs(em(), ana, randomUUID(), { limit: 9 })).logs).toEqual([]);
  });
});

describe('what is another user’s', () => {
  it('is not found, whoever asks and however', async () => {
    const { jobId } = await syncList(em(), ana, season);
    const { bookings } = await listBookings(em(), ana, { limit: 50 });
    await appendJobLog(em(), { userId: ben, jobId, level: 'info', phase: 'reading', message: 'not his job' });

    expect(await readJob(em(), ben, jobId)).toBeNull();
    expect((await listJobLogs(em(), ben, jobId, { limit: 50 })).logs).toEqual([]);
    expect(JSON.stringify(await listJobLogs(em(), ana, jobId, { limit: 50 }))).not.toContain('not his job');
    expect((await listJobs(em(), ben, { limit: 50 })).jobs.map(({ id }) => id)).not.toContain(jobId);
    expect(await readBooking(em(), ben, bookings[0]!.id)).toBeNull();
    expect(await readBooking(em(), ana, bookings[0]!.id)).toEqual(bookings[0]);
    expect((await listBookings(em(), ben, { limit: 50 })).bookings.map(({ name }) => name)).toEqual(['his']);
    expect((await listChanges(em(), ben, { limit: 50, bookingId: bookings[0]!.id })).changes).toEqual([]);
    expect((await listChanges(em(), ben, { limit: 50, jobId })).changes).toEqual([]);
    expect((await listChanges(em(), ben, { limit: 50 })).changes).toHaveLength(1);
    expect((await readLatestState(em(), ben))!.job!.id).not.toBe(jobId);
    expect(ids(await upcomingBookings(em(), ben, at(0), 50))).toEqual(['soon']);
  });

  it('includes the cursor: it never leads into another user’s list', async () => {
    const { nextCursor } = await listBookings(em(), ana, { limit: 1 });
    const { bookings } = await listBookings(em(), ben, { limit: 50, cursor: nextCursor });
    expect(bookings.map(({ name }) => name)).toEqual(['his']);
  });

  it.each(['no-id', randomUUID()])('and what does not exist (%s) are the same', async (id) => {
    expect(await readJob(em(), ana, id)).toBeNull();
    expect(await readBooking(em(), ana, id)).toBeNull();
    expect(await readLatestState(em(), id)).toBeNull();
    expect(await readUser(em(), id)).toBeNull();
    expect((await listJobLogs(em(), ana, id, { limit: 5 })).logs).toEqual([]);
  });
});

it('reads a user with what was chosen', async () => {
  const userId = await makeUser(em());
  expect(await readUser(em(), userId)).toMatchObject({ id: userId, name: '', intervalMinutes: null, timeZone: null });
});
