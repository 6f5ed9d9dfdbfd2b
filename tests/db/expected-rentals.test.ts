/** What a sync that runs is measured by. */
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { readJob } from '#db/queries/sync-jobs.ts';
import { affected, sql } from '../support/sql.ts';
import { beginJob, makeConnectedUser, rental, syncList, useDatabase } from './fixtures.ts';

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
});
