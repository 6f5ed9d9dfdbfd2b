/** One job is reconciled once, for its own user, whole or not at all. */
import { describe, expect, it } from 'vitest';
import { closeSyncJob } from '#db/queries/close-sync-job.ts';
import { interruptJob } from '#db/queries/left-over-jobs.ts';
import { listBookings, listChanges, type BookingRow } from '#db/queries/bookings.ts';
import { reconcileBookings, ReconcileRefusedError } from '#db/queries/reconcile-bookings.ts';
import { listJobLogs } from '#db/queries/sync-jobs.ts';
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
  // Those that are past wait for the next sync.
  expect(second.result).toEqual(stored({ bookingsSynced: 4_950, changed: 495, removed: 25, partial: true }));
  const third = await syncList(em(), userId, next, { confirmed: true });
  expect(third.result).toEqual(stored({ bookingsSynced: 4_950, removed: 25, partial: true }));
});

type Closes = (job: { userId: string; jobId: string }) => Promise<unknown>;

it.each<[string, Closes]>([
  [
    'after a reconcile',
    async ({ userId, jobId }) => {
      await reconcileBookings(em(), await stage(em(), { userId, jobId }, [rental('one')], { attempt: 2 }));
      await closeSyncJob(em(), closing({ userId, jobId }), defaults);
    },
  ],
  ['as failed', (job) => closeSyncJob(em(), closing(job, { status: 'failed', errorCode: 'timed_out' }), defaults)],
  ['as interrupted', ({ userId, jobId }) => interruptJob(em(), { userId, id: jobId })],
])('leaves no staged row behind when the sync is closed %s', async (_, closes) => {
  const userId = await makeConnectedUser(em());
  const jobId = await beginJob(em(), userId);
  await stage(em(), { userId, jobId }, [rental('one'), rental('two')]);
  await closes({ userId, jobId });
  const left = await firstRow(em(), sql`select count(*)::int as rows from staged_rentals where job_id = ${jobId}`);
  expect(left).toEqual({ rows: 0 });
});
