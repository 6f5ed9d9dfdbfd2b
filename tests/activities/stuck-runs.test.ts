/** Runs that never go on by themselves, and such that only seem so. */
import path from 'node:path';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { deletePortalCredentials, readPortalAccount } from '#db/queries/portal-accounts.ts';
import { readJob } from '#db/queries/sync-jobs.ts';
import { affected, sql } from '../support/sql.ts';
import { syncQueue, userSyncId, userSyncType } from '#workflows/names.ts';
import { beginJob, makeConnectedUser } from '../db/fixtures.ts';
import { until } from '../support/until.ts';
import { nothing, useReconciler } from './reconciler.ts';

const { em, temporal, handle, startWorker, ensure, overdue } = useReconciler({ worker: false });
const minuteMs = 60_000;

let otherCode: Awaited<ReturnType<typeof bundleWorkflowCode>>;
let endWorker = async () => {};

beforeAll(async () => {
  const workflowsPath = path.resolve('tests/fixtures/other-code/index.ts');
  otherCode = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') });
});
let made: string[] = [];
afterEach(async () => {
  await endWorker();
  endWorker = async () => {};
  // The next test's other code must not take these up.
  for (const userId of made) {
    await temporal().terminate(userId, 'the test is over');
    await deletePortalCredentials(em(), userId);
    await until('it is no longer listed', async () => !(await temporal().listStuck(100)).includes(userId));
  }
  made = [];
});

/** A run as an operator would start it, but two seconds and not ten are what a worker may take for a task. */
function start(userId: string, options: { taskQueue?: string; memo?: Record<string, unknown> } = {}) {
  return temporal().client.workflow.start(userSyncType, {
    workflowId: userSyncId(userId),
    taskQueue: syncQueue,
    args: [{ userId }],
    workflowTaskTimeout: '2s',
    ...options,
  });
}

const problemsOf = async (userId: string) =>
  (await handle(userId).describe()).searchAttributes.TemporalReportedProblems;

/** Runs that another version of the code began, and that today's cannot go on with. Returns the ids of the runs. */
async function getStuck(users: string[], memo?: Record<string, unknown>): Promise<string[]> {
  const endOther = await startWorker(otherCode);
  const runs: string[] = [];
  for (const userId of users) runs.push((await start(userId, memo && { memo })).firstExecutionRunId);
  for (const userId of users) {
    await until('the other code took its first step', async () => (await handle(userId).describe()).historyLength >= 4);
  }
  await endOther();
  endWorker = await startWorker();
  for (const userId of users) await temporal().settingsChanged(userId);
  for (const userId of users) {
    await until('it is stuck', async () => {
      const { is } = await temporal().readRun(userId);
      // The first task may have been too slow, and what the repeated ones answer is not written down.
      if (is === 'silent') await temporal().settingsChanged(userId);
      return is === 'stuck' && problemsOf(userId);
    });
  }
  return runs;
}

/** What the list of the server shows a moment later. */
const untilReported = (users: string[]) =>
  until('the runs are listed', async () => {
    const stuck = await temporal().listStuck(100);
    return users.every((userId) => stuck.includes(userId));
  });

const untilStatus = (userId: string, state: string) =>
  until(`it says ${state}`, async () => {
    const status = await temporal().readStatus(userId);
    return status?.state === state && status;
  });

/** Its credentials have been in use, so nothing is due at once; the last three syncs failed. */
const asAfterSyncs = (userId: string, schedule: { nextSyncAt: Date | null; pausedReason: string | null }) =>
  affected(
    em(),
    sql`update portal_accounts set last_revision = revision, last_sync_at = now() - interval '5 hours',
          consecutive_failures = 3, failing_since = now() - interval '4 hours',
          next_sync_at = ${schedule.nextSyncAt}, paused_reason = ${schedule.pausedReason}
        where user_id = ${userId}`,
  );

async function users(count: number): Promise<string[]> {
  made = await Promise.all(Array.from({ length: count }, () => makeConnectedUser(em())));
  return made;
}

describe('a run whose workflow tasks fail', () => {
  it('is ended, and started anew from the database', async () => {
    const [userId] = await users(1);
    const jobId = await beginJob(em(), userId!);
    const [runId] = await getStuck([userId!]);
    await expect(temporal().readStatus(userId!)).rejects.toMatchObject({ name: 'TemporalUnavailableError' });
    expect(await temporal().readRun(userId!)).toMatchObject({
      is: 'stuck',
      runId,
      reason: expect.stringContaining('TMPRL1100') as string,
      replacedAt: null,
    });
    await overdue(userId!);
    await untilReported([userId!]);
    expect(await ensure()).toEqual({ ...nothing, replaced: 1 });
    const old = await temporal().client.workflow.getHandle(userSyncId(userId!), runId).describe();
    expect(old.status.name).toBe('TERMINATED');
    const status = await until('its sync waits for a browser', async () => {
      const seen = await temporal().readStatus(userId!);
      return seen?.job && (await readJob(em(), userId!, seen.job.id)) ? seen : null;
    });
    expect(status.state).toBe('pending');
    // What the old run had begun and could not end.
    expect(await readJob(em(), userId!, jobId)).toMatchObject({ status: 'failed', errorCode: 'interrupted' });
    expect(await ensure()).toEqual(nothing);
  });

  it('is found before it is overdue, and keeps its schedule, its pause and its failures', async () => {
    const [sleeping, paused] = (await users(2)) as [string, string];
    const nextSyncAt = new Date(Date.now() + 50 * minuteMs);
    await asAfterSyncs(sleeping, { nextSyncAt, pausedReason: null });
    await asAfterSyncs(paused, { nextSyncAt: null, pausedReason: 'user' });
    await getStuck([sleeping, paused]);
    await untilReported([sleeping, paused]);
    expect(await ensure()).toEqual({ ...nothing, replaced: 2 });
    expect(await untilStatus(sleeping, 'sleeping')).toMatchObject({
      nextSyncAt: nextSyncAt.toISOString(),
      consecutiveFailures: 3,
    });
    expect(await untilStatus(paused, 'paused')).toMatchObject({ pausedReason: 'user' });
    expect(await readPortalAccount(em(), sleeping)).toMatchObject({ nextSyncAt, consecutiveFailures: 3 });
  });

  it('has its sync made up for at once, also one that was asked for hours before the next is due', async () => {
    const [userId] = await users(1);
    await asAfterSyncs(userId!, { nextSyncAt: new Date(Date.now() + 50 * minuteMs), pausedReason: null });
    const [runId] = await getStuck([userId!]);
    const jobId = await beginJob(em(), userId!);
    await affected(em(), sql`update sync_jobs set workflow_run_id = ${runId} where id = ${jobId}`);
    await untilReported([userId!]);
    expect(await ensure()).toEqual({ ...nothing, replaced: 1 });
    expect(await readJob(em(), userId!, jobId)).toMatchObject({ status: 'failed', errorCode: 'interrupted' });
    const status = await untilStatus(userId!, 'pending');
    expect(status.job!.id).not.toBe(jobId);
  });

  it('is found by its being overdue where the server reports nothing', async () => {
    const [userId] = await users(1);
    await getStuck([userId!]);
    await overdue(userId!);
    const verbs = { listStuck: () => Promise.resolve([]) };
    expect(await ensure({ verbs })).toEqual({ ...nothing, replaced: 1 });
  });

  it('is left for a while, since a new version may be on its way', async () => {
    const [userId] = await users(1);
    const [runId] = await getStuck([userId!]);
    await overdue(userId!);
    await untilReported([userId!]);
    expect(await ensure({ limits: { stuckAfterMs: minuteMs } })).toEqual(nothing);
    expect(await handle(userId!).describe()).toMatchObject({ runId, status: { name: 'RUNNING' } });
    expect(await ensure()).toEqual({ ...nothing, replaced: 1 });
  });

  it('is left where a fresh start did not help, until that is an hour ago', async () => {
    const [userId] = await users(1);
    const replacedAt = new Date(Date.now() - 59 * minuteMs).toISOString();
    await getStuck([userId!], { replacedAt });
    await untilReported([userId!]);
    const jobId = await beginJob(em(), userId!);
    await affected(em(), sql`update sync_jobs set created_at = now() - interval '1 day' where id = ${jobId}`);
    // Its job is its own as long as it is there, whoever may still mend it.
    expect(await ensure()).toEqual({ ...nothing, stuck: 1 });
    expect(await readJob(em(), userId!, jobId)).toMatchObject({ status: 'running' });
    expect(await ensure({ limits: { replacedAgainAfterMs: 58 * minuteMs } })).toEqual({ ...nothing, replaced: 1 });
    expect(await temporal().readRun(userId!)).not.toMatchObject({ is: 'stuck' });
    await until(
      'the new run closed it',
      async () => (await readJob(em(), userId!, jobId))?.errorCode === 'interrupted',
    );
  });

  it('waits for those before it to answer where many are stuck at once', async () => {
    const many = await users(3);
    await getStuck(many);
    await untilReported(many);
    await endWorker();
    expect(await ensure({ limits: { replacedAtOnce: 1, freshStartMs: 500 } })).toEqual({
      ...nothing,
      replaced: 1,
      stuck: 2,
    });
    await until('the list forgot one', async () => (await temporal().listStuck(10)).length === 2);
    endWorker = await startWorker();
    expect(await ensure({ limits: { replacedAtOnce: 1 } })).toEqual({ ...nothing, replaced: 2 });
    for (const userId of many) expect(await temporal().answers(userId, 30_000)).toBe(true);
  });
});

describe('a run that is merely slow', () => {
  it('is left alone where no worker is there', async () => {
    const [userId] = await users(1);
    const { firstExecutionRunId: runId } = await start(userId!, { taskQueue: 'nobody' });
    await overdue(userId!, 60);
    expect(await ensure()).toEqual(nothing);
    expect(await handle(userId!).describe()).toMatchObject({ runId, status: { name: 'RUNNING' } });
  });

  it('is told again, and never ended, where its workers take tasks and die of them', async () => {
    const [userId] = await users(1);
    const { firstExecutionRunId: runId } = await start(userId!, { taskQueue: 'deadly' });
    const { workflowService, options } = temporal().client;
    const take = () =>
      temporal().client.withDeadline(Date.now() + 20_000, () =>
        workflowService.pollWorkflowTaskQueue({ namespace: options.namespace, taskQueue: { name: 'deadly' } }),
      );
    while (!(await problemsOf(userId!))) await take();
    await overdue(userId!);
    await untilReported([userId!]);
    expect(await temporal().readRun(userId!)).toEqual({ is: 'silent' });
    expect(await ensure()).toEqual({ ...nothing, told: 1 });
    expect(await handle(userId!).describe()).toMatchObject({ runId, status: { name: 'RUNNING' } });
  });
});
