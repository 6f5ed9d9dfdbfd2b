/** One of the two databases was restored from a backup, so that workflow and PostgreSQL remember different things. */
import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { openSyncJob } from '#db/queries/open-sync-job.ts';
import { readJob } from '#db/queries/sync-jobs.ts';
import type { CarriedState } from '#workflows/messages.ts';
import { syncQueue, userSyncId, userSyncType } from '#workflows/names.ts';
import { affected, firstRow, sql } from '../support/sql.ts';
import { beginJob, defaults, makeConnectedUser } from '../db/fixtures.ts';
import { nothing, useReconciler } from './reconciler.ts';

const { em, temporal, handle, ensure } = useReconciler();

const hourMs = 60 * 60_000;

/** As a backup holds it: a sync that went well, and the next one due by now. */
async function restoreWorkflow(userId: string, also: Partial<CarriedState> = {}): Promise<void> {
  const state: CarriedState = {
    ...{ connected: true, revision: 1, intervalMinutes: 120, pausedReason: null, consecutiveFailures: 0 },
    ...{ nextSyncAt: Date.now() - hourMs, lastSyncAt: Date.now() - 3 * hourMs, lastJob: null, pending: null },
    ...also,
  };
  await temporal().client.workflow.start(userSyncType, {
    ...{ workflowId: userSyncId(userId), taskQueue: syncQueue },
    args: [{ userId, state }],
  });
}

/** A user who was synced since then, with the next sync in an hour. */
async function syncedUser(): Promise<{ userId: string; nextSyncAt: string }> {
  const userId = await makeConnectedUser(em());
  const next = new Date(Date.now() + hourMs);
  await affected(
    em(),
    sql`update portal_accounts set next_sync_at = ${next}, last_sync_at = now(), last_revision = revision,
      schedule_reason = 'interval' where user_id = ${userId}`,
  );
  return { userId, nextSyncAt: next.toISOString() };
}

const jobsOf = async (userId: string) =>
  (await firstRow(em(), sql`select count(*)::int as jobs from sync_jobs where user_id = ${userId}`)) as object;

it('a workflow of an older backup syncs nobody again whose next sync is to come', async () => {
  const { userId, nextSyncAt } = await syncedUser();
  await restoreWorkflow(userId);
  for (;;) {
    const status = await temporal().readStatus(userId);
    if (status?.nextSyncAt !== nextSyncAt) continue;
    expect(status).toMatchObject({ state: 'sleeping', scheduleReason: 'interval', pausedReason: null });
    break;
  }
  expect(await jobsOf(userId)).toEqual({ jobs: 0 });
});

it('a workflow of an older backup takes a pause that it knows nothing of, and what ends it', async () => {
  const { userId } = await syncedUser();
  await affected(
    em(),
    sql`update portal_accounts set paused_reason = 'invalid_credentials', next_sync_at = null where user_id = ${userId}`,
  );
  await restoreWorkflow(userId);
  while ((await temporal().readStatus(userId))?.pausedReason !== 'invalid_credentials');
  expect(await jobsOf(userId)).toEqual({ jobs: 0 });
  await expect(temporal().requestSync(userId)).rejects.toMatchObject({ code: 'invalid_credentials' });
  await temporal().resume(userId);
  while ((await temporal().readStatus(userId))?.job?.status !== 'pending');
});

it('a workflow of an older backup syncs for an operator who asks for it', async () => {
  const { userId } = await syncedUser();
  await restoreWorkflow(userId);
  while ((await temporal().readStatus(userId))?.scheduleReason !== 'interval');
  await temporal().syncInBackground(userId);
  while ((await temporal().readStatus(userId))?.job?.status !== 'pending');
});

it('a job whose end only the workflow knows is closed as interrupted', async () => {
  const userId = await makeConnectedUser(em());
  await temporal().settingsChanged(userId);
  for (;;) {
    const { id, status } = (await temporal().readStatus(userId))?.job ?? {};
    if (status === 'pending') await temporal().cancelSync(userId, id);
    if (status === 'failed') break;
  }
  const { id: jobId } = (await temporal().readStatus(userId))!.job!;
  while ((await temporal().readRun(userId)).is !== 'asleep');
  await affected(
    em(),
    sql`update sync_jobs set status = 'running', error_code = null, completed_at = null,
      created_at = now() - interval '1 hour' where id = ${jobId}`,
  );
  expect(await ensure()).toEqual({ ...nothing, interrupted: 1 });
  expect(await readJob(em(), userId, jobId)).toMatchObject({ status: 'failed', errorCode: 'interrupted' });
});

it('a run of an older backup gives no sync the id of one that has ended', async () => {
  const { userId } = await syncedUser();
  const jobId = randomUUID();
  await affected(
    em(),
    sql`insert into sync_jobs (id, user_id, status, completed_at)
      values (${jobId}, ${userId}, 'completed', now() - interval '1 minute')`,
  );
  await restoreWorkflow(userId, { pending: { jobId, triggeredManually: true, options: {} } });
  for (;;) {
    const { id } = (await temporal().readStatus(userId))?.job ?? {};
    if (id && id !== jobId && (await readJob(em(), userId, id))?.status === 'pending') break;
  }
  expect(await readJob(em(), userId, jobId)).toMatchObject({ status: 'completed' });
});

it('a job of another id is the same one however often it is opened', async () => {
  const userId = await makeConnectedUser(em());
  const input = { userId, jobId: await beginJob(em(), userId), triggeredManually: true, now: Date.now() + hourMs };
  await affected(em(), sql`update sync_jobs set status = 'failed', completed_at = now() where user_id = ${userId}`);
  const { jobId } = await openSyncJob(em(), input, defaults);
  expect(jobId).toMatch(/^[\da-f-]{36}$/);
  expect(await openSyncJob(em(), input, defaults)).toMatchObject({ jobId });
  expect(await jobsOf(userId)).toEqual({ jobs: 2 });
});

it('who asks for a sync chooses its id', async () => {
  const { userId } = await syncedUser();
  await restoreWorkflow(userId);
  while ((await temporal().readStatus(userId))?.scheduleReason !== 'interval');
  const { jobId } = await temporal().requestSync(userId);
  const { events } = await handle(userId).fetchHistory();
  const ids = events!.flatMap(
    ({ workflowExecutionUpdateAcceptedEventAttributes: update }) => update?.protocolInstanceId ?? [],
  );
  expect(ids).toEqual([jobId]);
});
