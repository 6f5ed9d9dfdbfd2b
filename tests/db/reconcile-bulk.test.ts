/** Past rentals that vanish in bulk: kept until a second sync, which read the whole list, lacks them as well. */
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { listBookings } from '#db/queries/bookings.ts';
import { closeSyncJob } from '#db/queries/close-sync-job.ts';
import { openSyncJob } from '#db/queries/open-sync-job.ts';
import { beginAttempt } from '#db/queries/portal-accounts.ts';
import { reconcileBookings } from '#db/queries/reconcile-bookings.ts';
import { stageRentals, type StagedRental } from '#db/queries/staged-rentals.ts';
import { listJobLogs, readJob } from '#db/queries/sync-jobs.ts';
import {
  beginJob,
  closing,
  defaults,
  hourMs,
  inOrder,
  makeConnectedUser,
  rental,
  stage,
  stored,
  syncList,
  useDatabase,
  type Reading,
} from './fixtures.ts';

const { em } = useDatabase();

const daysAgo = (days: number) => new Date(Math.ceil(Date.now() / hourMs) * hourMs - days * 24 * hourMs);
const past = Array.from({ length: 131 }, (_, index) => rental(`past${index}`, { startsAt: daysAgo(index + 1) }));
const ahead = Array.from({ length: 5 }, (_, index) => rental(`ahead${index}`));
const whole = [...ahead, ...past];
/** A third of it, in one batch: only past ones are missing. */
const cut = whole.slice(0, 45);

async function settledUser(): Promise<string> {
  const userId = await makeConnectedUser(em());
  await syncList(em(), userId, whole);
  return userId;
}

async function removedOf(userId: string): Promise<number> {
  const { bookings } = await listBookings(em(), userId, { limit: 10_000 });
  return bookings.filter(({ removedAt }) => removedAt !== null).length;
}

/** A sync whose list is read twice, as the first reading wants it. */
async function syncTwiceRead(userId: string, list: StagedRental[], second: Reading = {}) {
  const jobId = await beginJob(em(), userId);
  const first = await reconcileBookings(em(), await stage(em(), { userId, jobId }, list));
  expect(first).toEqual({ outcome: 'wants_confirmation' });
  const result = await reconcileBookings(
    em(),
    await stage(em(), { userId, jobId }, list, { attempt: 2, confirmed: true, ...second }),
  );
  return { userId, jobId, result };
}

async function wholeSync(userId: string, list: StagedRental[]) {
  const { jobId, result } = await syncTwiceRead(userId, list);
  await closeSyncJob(em(), closing({ userId, jobId }, { partial: true }), defaults);
  return { jobId, result };
}

const kept = stored({ bookingsSynced: 45, partial: true });
const gone = stored({ bookingsSynced: 45, removed: 91, partial: true });

describe('a list that lacks two thirds, only past ones', () => {
  it('is read again, then keeps them, and says so in the job and its log', async () => {
    const userId = await settledUser();
    const { jobId, result } = await wholeSync(userId, cut);

    expect(result).toEqual(kept);
    expect(await removedOf(userId)).toBe(0);
    expect(await readJob(em(), userId, jobId)).toMatchObject({ status: 'completed', partial: true, unconfirmed: 91 });
    const { logs } = await listJobLogs(em(), userId, jobId, { level: 'warn', limit: 10 });
    expect(logs.map(({ message }) => message)).toContain(
      "91 past rentals are missing from Gibney's list. They stay here unless the next full sync misses them too.",
    );
  });

  it('is believed when the next sync lacks them, too', async () => {
    const userId = await settledUser();
    await wholeSync(userId, cut);
    const { jobId, result } = await wholeSync(userId, cut);
    expect(result).toEqual(gone);
    expect(await removedOf(userId)).toBe(91);
    expect(await readJob(em(), userId, jobId)).toMatchObject({ partial: true, unconfirmed: 0, lost: 91 });
    expect((await syncList(em(), userId, cut)).result).toEqual(stored({ bookingsSynced: 45 }));
  });

  it('changed nothing where the next sync finds all of them, and begins anew after that', async () => {
    const userId = await settledUser();
    await wholeSync(userId, cut);
    expect((await syncList(em(), userId, whole)).result).toEqual(stored({ bookingsSynced: 136 }));
    expect((await wholeSync(userId, cut)).result).toEqual(kept);
    expect(await removedOf(userId)).toBe(0);
  });

  it('is agreed to one by one: what only the second sync lacks waits for a third', async () => {
    const userId = await settledUser();
    await wholeSync(userId, cut);
    const shorter = await wholeSync(userId, whole.slice(0, 40));
    expect(shorter.result).toEqual(stored({ bookingsSynced: 40, removed: 91, partial: true }));
    expect(await readJob(em(), userId, shorter.jobId)).toMatchObject({ unconfirmed: 5, lost: 91 });
  });

  it('does not keep what is to come and is missing from both readings', async () => {
    const userId = await settledUser();
    const { result } = await wholeSync(userId, cut.slice(1));
    expect(result).toEqual(stored({ bookingsSynced: 44, removed: 1, partial: true }));
  });
});

describe('a list that lacks many that are to come', () => {
  const coming = Array.from({ length: 40 }, (_, index) => rental(`coming${index}`));

  it('is read again and believed, and the sync is to be looked at and says why', async () => {
    const userId = await makeConnectedUser(em());
    await syncList(em(), userId, coming);
    const { jobId, result } = await wholeSync(userId, coming.slice(0, 10));

    expect(result).toEqual(stored({ bookingsSynced: 10, removed: 30, partial: true }));
    expect(await readJob(em(), userId, jobId)).toMatchObject({ partial: true, unconfirmed: 0, lost: 30 });
    const { logs } = await listJobLogs(em(), userId, jobId, { level: 'warn', limit: 10 });
    expect(logs.map(({ message }) => message)).toContainEqual(
      expect.stringContaining("30 rentals are gone from Gibney's list. We read it twice to be sure."),
    );
  });

  it('is nothing to look at where the second reading has them', async () => {
    const userId = await makeConnectedUser(em());
    await syncList(em(), userId, coming);
    const jobId = await beginJob(em(), userId);
    await reconcileBookings(em(), await stage(em(), { userId, jobId }, coming.slice(0, 10)));
    const again = await stage(em(), { userId, jobId }, coming, { attempt: 2, confirmed: true });
    expect(await reconcileBookings(em(), again)).toEqual(stored({ bookingsSynced: 40 }));
    expect(await readJob(em(), userId, jobId)).toMatchObject({ partial: false, lost: 0 });
  });

  it('is nothing to look at where one of several batches is gone: that is read twice for another reason', async () => {
    const userId = await makeConnectedUser(em());
    const many = Array.from({ length: 60 }, (_, index) => rental(`many${index}`));
    await syncList(em(), userId, many);
    const { result } = await syncTwiceRead(userId, many.slice(1));
    expect(result).toEqual(stored({ bookingsSynced: 59, removed: 1 }));
  });
});

describe('no agreement', () => {
  it('comes of the same sync, however often its activity runs', async () => {
    const userId = await settledUser();
    const { jobId, result } = await syncTwiceRead(userId, cut);
    const again = await stage(em(), { userId, jobId }, cut, { attempt: 2, confirmed: true });
    expect(await Promise.all([reconcileBookings(em(), again), reconcileBookings(em(), again)])).toEqual([
      result,
      result,
    ]);
    expect(await removedOf(userId)).toBe(0);
  });

  it('comes of a sync that was cut off after it had stored', async () => {
    const userId = await settledUser();
    await syncTwiceRead(userId, cut);
    // The next one closes the job that was left over, as interrupted.
    expect((await wholeSync(userId, cut)).result).toEqual(kept);
    expect((await wholeSync(userId, cut)).result).toEqual(gone);
  });

  it('comes of a sync that failed after it had stored', async () => {
    const userId = await settledUser();
    const { jobId } = await syncTwiceRead(userId, cut);
    await closeSyncJob(em(), closing({ userId, jobId }, { status: 'failed', errorCode: 'timed_out' }), defaults);
    expect((await wholeSync(userId, cut)).result).toEqual(kept);
  });

  it('comes of a reading that did not reach the end, before or after', async () => {
    const userId = await settledUser();
    await syncList(em(), userId, cut, { complete: false });
    expect((await wholeSync(userId, cut)).result).toEqual(kept);
    await syncList(em(), userId, cut, { complete: false });
    expect(await removedOf(userId)).toBe(0);
    expect((await wholeSync(userId, cut)).result).toEqual(gone);
  });

  it('comes of two syncs at once: one of them is over before the other begins', async () => {
    const userId = await settledUser();
    const [one, two] = [randomUUID(), randomUUID()];
    await openSyncJob(em(), { userId, jobId: one, triggeredManually: true }, defaults);
    await beginAttempt(em(), { userId, jobId: one, attempt: 1 });
    await stageRentals(em(), one, 1, inOrder(cut));
    await openSyncJob(em(), { userId, jobId: two, triggeredManually: true }, defaults);
    await beginAttempt(em(), { userId, jobId: two, attempt: 1 });
    const both = await Promise.allSettled(
      [one, two].map(async (jobId) =>
        reconcileBookings(em(), await stage(em(), { userId, jobId }, cut, { confirmed: true })),
      ),
    );
    expect(both).toMatchObject([{ status: 'rejected' }, { status: 'fulfilled', value: kept }]);
    expect(await removedOf(userId)).toBe(0);
  });
});
