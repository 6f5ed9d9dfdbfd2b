import { expect, it } from 'vitest';
import { createCloseSyncJob } from '#activities/close-sync-job.ts';
import { readLatestState } from '#db/queries/sync-jobs.ts';
import { initOrm } from '#db/orm.ts';
import { beginJob, closing, hourMs, makeConnectedUser, useDatabase } from '../db/fixtures.ts';
import { runner } from './light-activities.ts';

const { em, orm, url } = useDatabase();
const close = runner(createCloseSyncJob, orm);

it('run twice, closes once and answers the same', async () => {
  const userId = await makeConnectedUser(em());
  const jobId = await beginJob(em(), userId);
  const input = closing({ userId, jobId }, { bookingsSynced: 4 });
  const first = await close(input);
  const state = await readLatestState(em(), userId);
  expect(first).toMatchObject({ connected: true, nextSyncAt: input.completedAt + 2 * hourMs, pausedReason: null });
  expect(await close(input)).toEqual(first);
  expect(await readLatestState(em(), userId)).toEqual(state);
  expect(state).toMatchObject({ job: { id: jobId, status: 'completed', bookingsSynced: 4 } });
});

it('fails while the database is away, so that it is tried again', async () => {
  const userId = await makeConnectedUser(em());
  const input = closing({ userId, jobId: await beginJob(em(), userId) });
  const away = await initOrm(new URL('/no_such_database', url()).href);
  await expect(runner(createCloseSyncJob, () => away)(input)).rejects.toThrow('no_such_database');
  await away.close();
  expect(await close(input)).toMatchObject({ connected: true });
});
