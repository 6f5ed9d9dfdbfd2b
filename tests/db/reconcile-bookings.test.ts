import { describe, expect, it } from 'vitest';
import { closeSyncJob } from '#db/queries/close-sync-job.ts';
import { listBookings, listChanges, type BookingRow } from '#db/queries/bookings.ts';
import { reconcileBookings, ReconcileRefusedError } from '#db/queries/reconcile-bookings.ts';
import { listJobLogs, readJob } from '#db/queries/sync-jobs.ts';
import { firstRow, sql } from '../support/sql.ts';
import {
  beginJob,
  closing,
  defaults,
  hourMs,
  makeConnectedUser,
  rental,
  stage,
  syncList,
  unreadable,
  useDatabase,
  anyDate,
} from './fixtures.ts';

const { em } = useDatabase();

async function bookingsOf(userId: string): Promise<Record<string, BookingRow>> {
  const { bookings } = await listBookings(em(), userId, { limit: 10_000 });
  return Object.fromEntries(bookings.map((booking) => [booking.recordId, booking]));
}

async function changesOf(userId: string, jobId: string) {
  const { changes } = await listChanges(em(), userId, { limit: 10_000, jobId });
  return changes.map(({ kind, name, before, after }) => ({ kind, name, before, after }));
}

const later = (hours: number) => new Date(Math.ceil(Date.now() / hourMs) * hourMs + hours * hourMs);
const stored = (counts: object) => ({ outcome: 'stored', added: 0, changed: 0, removed: 0, partial: false, ...counts });

describe('a first list', () => {
  it('becomes bookings with all their values, each noted as added', async () => {
    const userId = await makeConnectedUser(em());
    const row = rental('one', { priceCents: 123_450, name: 'Répétition 舞' });
    const { result, jobId } = await syncList(em(), userId, [row, rental('two', { priceCents: null })]);

    expect(result).toEqual(stored({ bookingsSynced: 2, added: 2 }));
    const { one, two } = await bookingsOf(userId);
    expect(one).toMatchObject({
      name: 'Répétition 舞',
      startsAt: row.startsAt,
      endsAt: row.endsAt,
      studio: 'Studio A',
      location: '280 Broadway (Lower Manhattan)',
      status: 'Approved',
      priceCents: 123_450,
      recordUrl: 'https://portal.test/s/booking-item/one',
      removedAt: null,
      sequence: 0,
    });
    expect(one!.firstSeenAt).toEqual(one!.lastSeenAt);
    expect(two!.priceCents).toBeNull();
    expect(await changesOf(userId, jobId)).toContainEqual({
      kind: 'added',
      name: 'Répétition 舞',
      before: null,
      after: {
        name: 'Répétition 舞',
        starts_at: row.startsAt!.toISOString(),
        ends_at: row.endsAt!.toISOString(),
        studio: 'Studio A',
        location: '280 Broadway (Lower Manhattan)',
        status: 'Approved',
        price_cents: 123_450,
      },
    });
  });

  it('may be empty', async () => {
    const userId = await makeConnectedUser(em());
    const { result } = await syncList(em(), userId, []);
    expect(result).toEqual(stored({ bookingsSynced: 0 }));
  });
});

describe('the same list again', () => {
  it('moves only the time of the last sight', async () => {
    const userId = await makeConnectedUser(em());
    const list = [rental('one'), rental('two')];
    await syncList(em(), userId, list);
    const before = await bookingsOf(userId);
    const { result, jobId } = await syncList(em(), userId, list);

    expect(result).toEqual(stored({ bookingsSynced: 2 }));
    expect(await changesOf(userId, jobId)).toEqual([]);
    const after = await bookingsOf(userId);
    expect(after.one!.lastSeenAt.getTime()).toBeGreaterThan(before.one!.lastSeenAt.getTime());
    expect({ ...after.one, lastSeenAt: null }).toEqual({ ...before.one, lastSeenAt: null });
  });

  it('follows a new link without calling it a change', async () => {
    const userId = await makeConnectedUser(em());
    const row = rental('one');
    await syncList(em(), userId, [row]);
    const { result } = await syncList(em(), userId, [{ ...row, recordUrl: 'https://portal.test/new' }]);
    expect(result).toEqual(stored({ bookingsSynced: 1 }));
    expect((await bookingsOf(userId)).one).toMatchObject({ recordUrl: 'https://portal.test/new', sequence: 0 });
  });
});

describe('a changed rental', () => {
  it.each([
    ['moved', { startsAt: later(48), endsAt: later(50) }, ['starts_at', 'ends_at']],
    ['renamed', { name: 'R-2' }, ['name']],
    ['studio', { studio: 'Studio 3' }, ['studio']],
    ['location', { location: '890 Broadway (Union Square)' }, ['location']],
    ['price', { priceCents: null }, ['price_cents']],
    ['status', { status: 'Canceled' }, ['status']],
  ] as const)('is noted as %s with what was and what is', async (kind, values, fields) => {
    const userId = await makeConnectedUser(em());
    const row = rental('one', { startsAt: later(24), endsAt: later(25) });
    await syncList(em(), userId, [row, rental('two')]);
    const { result, jobId } = await syncList(em(), userId, [{ ...row, ...values }, rental('two')]);

    expect(result).toEqual(stored({ bookingsSynced: 2, changed: 1 }));
    const { one } = await bookingsOf(userId);
    expect(one).toMatchObject({ ...values, sequence: 1 });
    expect(one!.updatedAt.getTime()).toBeGreaterThan(one!.firstSeenAt.getTime());
    const [change, ...others] = await changesOf(userId, jobId);
    expect(others).toEqual([]);
    expect(change!.kind).toBe(kind);
    expect(Object.keys(change!.before!).sort()).toEqual([...fields].sort());
    expect(Object.keys(change!.after!).sort()).toEqual([...fields].sort());
    expect(change!.before).not.toEqual(change!.after);
  });

  it('that changed in several ways raises its sequence once and notes each way', async () => {
    const userId = await makeConnectedUser(em());
    const row = rental('one');
    await syncList(em(), userId, [row]);
    const { result, jobId } = await syncList(em(), userId, [
      { ...row, status: 'Canceled', priceCents: 0, studio: 'B' },
    ]);
    expect(result).toEqual(stored({ bookingsSynced: 1, changed: 1 }));
    expect((await changesOf(userId, jobId)).map(({ kind }) => kind).sort()).toEqual(['price', 'status', 'studio']);
    expect((await bookingsOf(userId)).one!.sequence).toBe(1);
  });
});

describe('a rental that is not listed', () => {
  it('is marked removed, and not deleted, when the whole list was read', async () => {
    const userId = await makeConnectedUser(em());
    await syncList(em(), userId, [rental('one'), rental('two'), rental('three')]);
    const { result, jobId } = await syncList(em(), userId, [rental('one'), rental('two')]);

    expect(result).toEqual(stored({ bookingsSynced: 2, removed: 1 }));
    const { one, three } = await bookingsOf(userId);
    expect(one!.removedAt).toBeNull();
    expect(three).toMatchObject({ removedAt: anyDate, sequence: 1, name: 'R-three' });
    expect(await changesOf(userId, jobId)).toMatchObject([
      { kind: 'removed', before: { name: 'R-three', status: 'Approved' }, after: null },
    ]);
  });

  it('is removed once: later syncs leave it alone', async () => {
    const userId = await makeConnectedUser(em());
    const rest = [rental('one'), rental('two')];
    await syncList(em(), userId, [...rest, rental('three')]);
    await syncList(em(), userId, rest);
    const { three } = await bookingsOf(userId);
    const { result } = await syncList(em(), userId, rest);
    expect(result).toEqual(stored({ bookingsSynced: 2 }));
    expect((await bookingsOf(userId)).three).toEqual(three);
  });

  it('is kept when the list was not read to its end', async () => {
    const userId = await makeConnectedUser(em());
    await syncList(em(), userId, [rental('one'), rental('two'), rental('three')]);
    const { result } = await syncList(em(), userId, [rental('one')], { complete: false });
    expect(result).toEqual(stored({ bookingsSynced: 1, partial: true }));
    expect(Object.values(await bookingsOf(userId)).map(({ removedAt }) => removedAt)).toEqual([null, null, null]);
  });

  it('is kept when a row has no record id, since that row may be it', async () => {
    const userId = await makeConnectedUser(em());
    await syncList(em(), userId, [rental('one'), rental('two'), rental('three')]);
    const { result } = await syncList(em(), userId, [rental('one'), rental('two'), unreadable(null)]);
    expect(result).toEqual(stored({ bookingsSynced: 3, partial: true }));
    expect((await bookingsOf(userId)).three!.removedAt).toBeNull();
  });

  it('comes back as restored, together with what else changed', async () => {
    const userId = await makeConnectedUser(em());
    const [one, two] = [rental('one'), rental('two')];
    await syncList(em(), userId, [one, two, rental('three')]);
    await syncList(em(), userId, [one, two]);
    const { result, jobId } = await syncList(em(), userId, [one, two, rental('three', { status: 'Completed' })]);
    expect(result).toEqual(stored({ bookingsSynced: 3, changed: 1 }));
    const changes = await changesOf(userId, jobId);
    expect(changes.map(({ kind }) => kind).sort()).toEqual(['restored', 'status']);
    expect((await bookingsOf(userId)).three).toMatchObject({ removedAt: null, sequence: 2, status: 'Completed' });
  });
});

describe('a row that cannot be read', () => {
  it('counts as seen and leaves the booking its last good values', async () => {
    const userId = await makeConnectedUser(em());
    await syncList(em(), userId, [rental('one'), rental('two')]);
    const before = await bookingsOf(userId);
    const { result, jobId } = await syncList(em(), userId, [unreadable('one'), rental('two')]);

    expect(result).toEqual(stored({ bookingsSynced: 2, partial: true }));
    const { one } = await bookingsOf(userId);
    expect({ ...one, lastSeenAt: null }).toEqual({ ...before.one, lastSeenAt: null });
    expect(one!.lastSeenAt.getTime()).toBeGreaterThan(before.one!.lastSeenAt.getTime());
    expect(await changesOf(userId, jobId)).toEqual([]);
  });

  it('does not become a booking where none is known', async () => {
    const userId = await makeConnectedUser(em());
    const { result } = await syncList(em(), userId, [unreadable('new'), rental('two')]);
    expect(result).toEqual(stored({ bookingsSynced: 2, added: 1, partial: true }));
    expect(Object.keys(await bookingsOf(userId))).toEqual(['two']);
  });

  it('brings a removed booking back as it was', async () => {
    const userId = await makeConnectedUser(em());
    const [one, two] = [rental('one'), rental('two')];
    await syncList(em(), userId, [one, two, rental('three')]);
    await syncList(em(), userId, [one, two]);
    const { jobId } = await syncList(em(), userId, [one, two, unreadable('three')]);
    expect((await changesOf(userId, jobId)).map(({ kind }) => kind)).toEqual(['restored']);
    expect((await bookingsOf(userId)).three).toMatchObject({ removedAt: null, name: 'R-three', priceCents: 1900 });
  });
});

describe('a record id that is listed twice', () => {
  it('counts once, with the values of the last row', async () => {
    const userId = await makeConnectedUser(em());
    const rows = [rental('one', { status: 'Pending' }), rental('one', { status: 'Approved' })];
    const { result } = await syncList(em(), userId, rows);
    expect(result).toEqual(stored({ bookingsSynced: 1, added: 1 }));
    expect((await bookingsOf(userId)).one!.status).toBe('Approved');
  });

  it('takes the values of a row that can be read before those of one that cannot', async () => {
    const userId = await makeConnectedUser(em());
    await syncList(em(), userId, [rental('one', { status: 'Pending' }), unreadable('one')]);
    expect((await bookingsOf(userId)).one!.status).toBe('Pending');
  });
});

describe('a whole list that lacks most of what is ahead', () => {
  const many = ['a', 'b', 'c', 'd'].map((id) => rental(id));

  it.each([
    ['three of four upcoming', many, many.slice(0, 1)],
    ['all', many, []],
    ['the only one', [rental('a')], []],
    ['all, past ones only,', [rental('a', { startsAt: later(-48) })], []],
  ])('wants a second reading where %s are missing, and writes nothing', async (_case, before, now) => {
    const userId = await makeConnectedUser(em());
    await syncList(em(), userId, before);
    const known = await bookingsOf(userId);
    const jobId = await beginJob(em(), userId);
    const result = await reconcileBookings(em(), await stage(em(), { userId, jobId }, now));

    expect(result).toEqual({ outcome: 'wants_confirmation' });
    expect(await bookingsOf(userId)).toEqual(known);
    expect(await readJob(em(), userId, jobId)).toMatchObject({ status: 'running', bookingsSynced: null });
  });

  it('wants a second reading where a list of several batches lacks any, for rentals move between batches', async () => {
    const userId = await makeConnectedUser(em());
    const known = Array.from({ length: 53 }, (_, index) => rental(`r${index}`));
    await syncList(em(), userId, known);
    const jobId = await beginJob(em(), userId);
    const shifted = await stage(em(), { userId, jobId }, known.slice(1));
    expect(await reconcileBookings(em(), shifted)).toEqual({ outcome: 'wants_confirmation' });
    const again = await stage(em(), { userId, jobId }, known, { attempt: 2, confirmed: true });
    expect(await reconcileBookings(em(), again)).toEqual(stored({ bookingsSynced: 53 }));
  });

  it('is believed when the second reading confirms it', async () => {
    const userId = await makeConnectedUser(em());
    await syncList(em(), userId, many);
    const jobId = await beginJob(em(), userId);
    const first = await stage(em(), { userId, jobId }, []);
    expect(await reconcileBookings(em(), first)).toEqual({ outcome: 'wants_confirmation' });
    const second = await stage(em(), { userId, jobId }, [many[0]!], { attempt: 2, confirmed: true });
    expect(await reconcileBookings(em(), second)).toEqual(stored({ bookingsSynced: 1, removed: 3 }));
  });

  it.each([
    ['half of them', many, many.slice(0, 2), 2],
    ['only past ones', [many[0]!, ...['x', 'y'].map((id) => rental(id, { startsAt: later(-48) }))], [many[0]!], 2],
  ])('is believed at once where %s are missing', async (_case, before, now, removed) => {
    const userId = await makeConnectedUser(em());
    await syncList(em(), userId, before);
    const { result } = await syncList(em(), userId, now);
    expect(result).toEqual(stored({ bookingsSynced: now.length, removed }));
  });

  it('does not count what was removed before', async () => {
    const userId = await makeConnectedUser(em());
    await syncList(em(), userId, many);
    await syncList(em(), userId, many.slice(0, 2));
    const { result } = await syncList(em(), userId, many.slice(0, 1));
    expect(result).toEqual(stored({ bookingsSynced: 1, removed: 1 }));
  });

  it('needs no confirmation where the list was not read to its end, for nothing is removed then', async () => {
    const userId = await makeConnectedUser(em());
    await syncList(em(), userId, many);
    const { result } = await syncList(em(), userId, [], { complete: false });
    expect(result).toEqual(stored({ bookingsSynced: 0, partial: true }));
  });
});

describe('one job', () => {
  it('is reconciled once: a second call answers the same and writes nothing', async () => {
    const userId = await makeConnectedUser(em());
    const jobId = await beginJob(em(), userId);
    const input = await stage(em(), { userId, jobId }, [rental('one'), unreadable('two')]);
    const first = await reconcileBookings(em(), input);
    const known = await bookingsOf(userId);
    expect(await reconcileBookings(em(), input)).toEqual(first);
    expect(await reconcileBookings(em(), { ...input, count: 99 })).toEqual(first);
    expect(await bookingsOf(userId)).toEqual(known);
    expect(await changesOf(userId, jobId)).toHaveLength(1);
    expect((await listJobLogs(em(), userId, jobId, { limit: 10 })).logs).toHaveLength(1);
  });

  it('is reconciled once also by many at the same time', async () => {
    const userId = await makeConnectedUser(em());
    const jobId = await beginJob(em(), userId);
    const input = await stage(em(), { userId, jobId }, [rental('one'), rental('two')]);
    const results = await Promise.all(Array.from({ length: 4 }, () => reconcileBookings(em(), input)));
    expect(new Set(results.map((result) => JSON.stringify(result))).size).toBe(1);
    expect(results[0]).toEqual(stored({ bookingsSynced: 2, added: 2 }));
    expect(await changesOf(userId, jobId)).toHaveLength(2);
  });

  it('reads the rows of the given attempt only', async () => {
    const userId = await makeConnectedUser(em());
    const jobId = await beginJob(em(), userId);
    await stage(em(), { userId, jobId }, [rental('old'), rental('older')]);
    const input = await stage(em(), { userId, jobId }, [rental('new')], { attempt: 2 });
    expect(await reconcileBookings(em(), input)).toEqual(stored({ bookingsSynced: 1, added: 1 }));
    expect(Object.keys(await bookingsOf(userId))).toEqual(['new']);
  });

  it('writes nothing where rows are missing', async () => {
    const userId = await makeConnectedUser(em());
    await syncList(em(), userId, [rental('one')]);
    const jobId = await beginJob(em(), userId);
    const input = await stage(em(), { userId, jobId }, [rental('one', { status: 'Canceled' })], { count: 2 });
    await expect(reconcileBookings(em(), input)).rejects.toThrow(ReconcileRefusedError);
    expect((await bookingsOf(userId)).one!.status).toBe('Approved');
  });

  it('writes nothing once it is closed', async () => {
    const userId = await makeConnectedUser(em());
    const jobId = await beginJob(em(), userId);
    const input = await stage(em(), { userId, jobId }, [rental('one')]);
    await closeSyncJob(em(), closing({ userId, jobId }, { status: 'failed', errorCode: 'cancelled' }), defaults);
    await expect(reconcileBookings(em(), input)).rejects.toThrow('the job is closed');
    expect(await bookingsOf(userId)).toEqual({});
  });
});

it('keeps two users with the same record id apart', async () => {
  const [ana, ben] = [await makeConnectedUser(em()), await makeConnectedUser(em())];
  await syncList(em(), ana, [rental('shared', { priceCents: 100 }), rental('hers'), rental('hers too')]);
  await syncList(em(), ben, [rental('shared', { priceCents: 200 }), rental('his')]);
  await syncList(em(), ana, [rental('hers'), rental('hers too')]);

  expect((await bookingsOf(ana)).shared).toMatchObject({ priceCents: 100, removedAt: anyDate });
  expect((await bookingsOf(ben)).shared).toMatchObject({ priceCents: 200, removedAt: null });
  expect(Object.keys(await bookingsOf(ben)).sort()).toEqual(['his', 'shared']);
});

it('does not store the staged rows of another user’s job', async () => {
  const [ana, ben] = [await makeConnectedUser(em()), await makeConnectedUser(em())];
  const jobId = await beginJob(em(), ana);
  const input = await stage(em(), { userId: ana, jobId }, [rental('hers')]);
  await expect(reconcileBookings(em(), { ...input, userId: ben })).rejects.toThrow(ReconcileRefusedError);
  expect(await bookingsOf(ben)).toEqual({});
});

it('handles 5,000 rentals, with every tenth changed and every hundredth gone', async () => {
  const userId = await makeConnectedUser(em());
  const list = Array.from({ length: 5_000 }, (_, index) => rental(`r${index}`, { startsAt: later(index - 2_500) }));
  const first = await syncList(em(), userId, list);
  expect(first.result).toEqual(stored({ bookingsSynced: 5_000, added: 5_000 }));
  const next = list
    .filter((_, index) => index % 100 !== 0)
    .map((row, index) => (index % 10 === 5 ? { ...row, status: 'Completed' } : row));
  const second = await syncList(em(), userId, next, { confirmed: true });
  expect(second.result).toEqual(stored({ bookingsSynced: 4_950, changed: 495, removed: 50 }));
});

it('leaves no staged row behind when the sync is closed', async () => {
  const userId = await makeConnectedUser(em());
  const { jobId } = await syncList(em(), userId, [rental('one'), rental('two')]);
  const left = await firstRow(em(), sql`select count(*)::int as rows from staged_rentals where job_id = ${jobId}`);
  expect(left).toEqual({ rows: 0 });
});
