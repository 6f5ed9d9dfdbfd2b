import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { createOpenSyncJob } from '#activities/open-sync-job.ts';
import { readJob } from '#db/queries/sync-jobs.ts';
import { affected, firstRow, sql } from '../support/sql.ts';
import { makeConnectedUser, makeUser, useDatabase } from '../db/fixtures.ts';
import { runner } from './light-activities.ts';

const { em, orm } = useDatabase();
const open = runner(createOpenSyncJob, orm);

it('run twice, opens one job, which knows the run that asked for it', async () => {
  const userId = await makeConnectedUser(em());
  const input = { userId, jobId: randomUUID(), triggeredManually: true };
  const settings = { connected: true, revision: 1, intervalMinutes: 120, limitMs: 300_000, heldUntil: null };
  expect(await open(input)).toEqual(settings);
  expect(await open(input)).toEqual(settings);
  expect(await readJob(em(), userId, input.jobId)).toMatchObject({ status: 'pending', triggeredManually: true });
  const counted = sql`select count(*)::int as jobs, count(workflow_run_id)::int as runs from sync_jobs
                      where user_id = ${userId}`;
  expect(await firstRow(em(), counted)).toEqual({ jobs: 1, runs: 1 });
});

it('answers with the interval that the user chose', async () => {
  const userId = await makeConnectedUser(em());
  await affected(em(), sql`update users set interval_minutes = 30 where id = ${userId}`);
  expect(await open({ userId, jobId: randomUUID(), triggeredManually: false })).toMatchObject({ intervalMinutes: 30 });
});

it('opens nothing for a user without credentials', async () => {
  const userId = await makeUser(em());
  const jobId = randomUUID();
  expect(await open({ userId, jobId, triggeredManually: false })).toMatchObject({ connected: false, revision: 0 });
  expect(await readJob(em(), userId, jobId)).toBeNull();
});
