/** What a sync that runs is measured by. */
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { closeSyncJob } from '#db/queries/close-sync-job.ts';
import { beginAttempt } from '#db/queries/portal-accounts.ts';
import { reconcileBookings } from '#db/queries/reconcile-bookings.ts';
import { readJob } from '#db/queries/sync-jobs.ts';
import { affected, sql } from '../support/sql.ts';
import { beginJob, closing, defaults, makeConnectedUser, rental, stage, syncList, useDatabase } from './fixtures.ts';

const { em } = useDatabase();

const list = (count: number) => Array.from({ length: count }, () => rental(randomUUID()));

async function expectedOf(userId: string) {
  const { expectedTotal, expectedMs } = (await readJob(em(), userId, await beginJob(em(), userId)))!;
  return { expectedTotal, expectedMs };
}

describe('a sync that begins', () => {
  it('expects nothing before one was complete', async () => {
    const userId = await makeConnectedUser(em());
    await syncList(em(), userId, list(2), { complete: false });
    expect(await expectedOf(userId)).toEqual({ expectedTotal: null, expectedMs: null });
  });

  it('expects what the last complete one of its user read, in as much time', async () => {
    const userId = await makeConnectedUser(em());
    const { jobId } = await syncList(em(), userId, list(3));
    await syncList(em(), await makeConnectedUser(em()), list(5));
    await affected(
      em(),
      sql`update sync_jobs set started_at = completed_at - interval '90 seconds' where id = ${jobId}`,
    );
    await syncList(em(), userId, list(2), { complete: false });
    expect(await expectedOf(userId)).toEqual({ expectedTotal: 3, expectedMs: 90_000 });
  });

  it('expects the usual time of the last ten, which one slow sync does not change', async () => {
    const userId = await makeConnectedUser(em());
    const same = list(3);
    for (const seconds of [500, 500, 10, 11, 10, 12, 10, 11, 10, 12, 10, 300]) {
      const { jobId } = await syncList(em(), userId, same);
      await affected(
        em(),
        sql`update sync_jobs set started_at = completed_at - make_interval(secs => ${seconds}) where id = ${jobId}`,
      );
    }
    expect(await expectedOf(userId)).toMatchObject({ expectedMs: 10_000 });
  });

  it('expects nothing of a narrowed one, neither for itself nor for the next, and nothing of a dry run', async () => {
    const userId = await makeConnectedUser(em());
    const { jobId } = await syncList(em(), userId, list(3));
    await affected(
      em(),
      sql`update sync_jobs set started_at = completed_at - interval '9 seconds' where id = ${jobId}`,
    );
    for (const options of [{ narrowed: true }, { dryRun: true }]) {
      const job = { userId, jobId: await beginJob(em(), userId) };
      await beginAttempt(em(), { ...job, attempt: 1, ...options });
      const { expectedTotal } = (await readJob(em(), userId, job.jobId))!;
      expect(expectedTotal).toBe(options.narrowed ? null : 3);
      await reconcileBookings(em(), await stage(em(), job, list(1), { complete: false, partRead: true }));
      await closeSyncJob(em(), closing(job, { bookingsSynced: 1 }), defaults);
    }
    expect(await expectedOf(userId)).toEqual({ expectedTotal: 3, expectedMs: 9_000 });
  });
});
