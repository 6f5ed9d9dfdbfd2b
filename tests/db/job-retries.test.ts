/** Why a job reads once more, as those who watch it are told. */
import { describe, expect, it } from 'vitest';
import { beginAttempt } from '#db/queries/portal-accounts.ts';
import { reconcileBookings } from '#db/queries/reconcile-bookings.ts';
import { noteRetry, readJob } from '#db/queries/sync-jobs.ts';
import type { JobRetryView } from '#domain/shapes/sync.ts';
import { beginJob, makeConnectedUser, rental, stage, syncList, useDatabase } from './fixtures.ts';

const { em } = useDatabase();

const maintenance: JobRetryView = {
  reason: 'portal_unavailable',
  httpStatus: 503,
  missing: null,
  attempt: 2,
  of: 3,
  nextTryAt: '2026-11-23T19:16:00.000Z',
};
const blank = { httpStatus: null, missing: null, of: null, nextTryAt: null };

async function begun() {
  const userId = await makeConnectedUser(em());
  const jobId = await beginJob(em(), userId);
  return {
    begin: (attempt: number) => beginAttempt(em(), { userId, jobId, attempt }),
    note: (attempt: number, retry: JobRetryView) => noteRetry(em(), { userId, jobId, attempt, retry }),
    retry: async () => (await readJob(em(), userId, jobId))!.retry,
  };
}

describe('the reason of another attempt', () => {
  it('is none for the first', async () => {
    const { retry, begin } = await begun();
    expect(await retry()).toBeNull();
    await begin(1);
    expect(await retry()).toBeNull();
  });

  it('is what the one before failed as, which stays while the next one runs', async () => {
    const { retry, begin, note } = await begun();
    await note(1, maintenance);
    expect(await retry()).toEqual(maintenance);
    await begin(2);
    expect(await retry()).toEqual({ ...maintenance, nextTryAt: null });
    await begin(2);
    expect(await retry()).toMatchObject({ httpStatus: 503, attempt: 2 });
  });

  it('is an interruption where the one before said nothing', async () => {
    const { retry, begin, note } = await begun();
    await begin(2);
    expect(await retry()).toEqual({ ...blank, reason: 'interrupted', attempt: 2 });
    await note(2, { ...maintenance, attempt: 3 });
    await begin(3);
    await begin(4);
    expect(await retry()).toEqual({ ...blank, reason: 'interrupted', attempt: 4 });
  });

  it('is not that of an attempt that is over already', async () => {
    const { retry, begin, note } = await begun();
    await begin(2);
    await note(1, maintenance);
    expect(await retry()).toMatchObject({ reason: 'interrupted' });
  });

  it('is a list that lacks rentals, with their number', async () => {
    const userId = await makeConnectedUser(em());
    const known = ['one', 'two', 'three', 'four'].map((id) => rental(id));
    await syncList(em(), userId, known);
    const jobId = await beginJob(em(), userId);
    const reading = await stage(em(), { userId, jobId }, known.slice(0, 1));
    expect(await reconcileBookings(em(), reading)).toEqual({ outcome: 'wants_confirmation' });
    const job = await readJob(em(), userId, jobId);
    expect(job!.retry).toEqual({ ...blank, reason: 'confirming', missing: 3, attempt: 2 });
  });
});
