/** What is not listed any more: when it counts as removed, and when it is read again first. */
import { describe, expect, it } from 'vitest';
import { listBookings, listChanges, type BookingRow } from '#db/queries/bookings.ts';
import { reconcileBookings } from '#db/queries/reconcile-bookings.ts';
import type { StagedRental } from '#db/queries/staged-rentals.ts';
import { readJob } from '#db/queries/sync-jobs.ts';
import {
  beginJob,
  hourMs,
  makeConnectedUser,
  rental,
  stage,
  syncList,
  unreadable,
  useDatabase,
  anyDate,
  stored,
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
    expect(result).toEqual(stored({ bookingsSynced: 2, listed: 3, partial: true }));
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

  it.each([
    ['nothing', () => [], 1],
    ['all but another', (known: StagedRental[]) => known.toSpliced(1, 1), 0],
  ])('takes for gone only what both readings lack where the second finds %s', async (_case, second, removed) => {
    const userId = await makeConnectedUser(em());
    const known = Array.from({ length: 53 }, (_, index) => rental(`r${index}`));
    await syncList(em(), userId, known);
    const jobId = await beginJob(em(), userId);
    const first = await stage(em(), { userId, jobId }, known.slice(1));
    expect(await reconcileBookings(em(), first)).toEqual({ outcome: 'wants_confirmation' });
    const again = await stage(em(), { userId, jobId }, second(known), { attempt: 2, confirmed: true });
    expect(await reconcileBookings(em(), again)).toMatchObject({ outcome: 'stored', removed });
    const gone = Object.values(await bookingsOf(userId)).filter(({ removedAt }) => removedAt !== null);
    expect(gone.map(({ recordId }) => recordId)).toEqual(['r0'].slice(0, removed));
  });

  it('is believed when the second reading confirms it', async () => {
    const userId = await makeConnectedUser(em());
    await syncList(em(), userId, many);
    const jobId = await beginJob(em(), userId);
    const first = await stage(em(), { userId, jobId }, []);
    expect(await reconcileBookings(em(), first)).toEqual({ outcome: 'wants_confirmation' });
    const second = await stage(em(), { userId, jobId }, [many[0]!], { attempt: 2, confirmed: true });
    expect(await reconcileBookings(em(), second)).toEqual(stored({ bookingsSynced: 1, removed: 3, partial: true }));
  });

  it.each([
    ['half of them', many, many.slice(0, 2), 2],
    ['few past ones', [...many, rental('x', { startsAt: later(-48) })], many, 1],
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
