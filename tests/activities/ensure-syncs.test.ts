import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { deletePortalCredentials, savePortalCredentials } from '#db/queries/portal-accounts.ts';
import { readSyncPlan } from '#db/queries/sync-plan.ts';
import { listJobLogs, readJob } from '#db/queries/sync-jobs.ts';
import { deleteUser } from '#db/queries/users.ts';
import { affected, sql } from '../support/sql.ts';
import { TemporalUnavailableError } from '#platform/errors.ts';
import { userSyncId, userSyncType } from '#workflows/names.ts';
import { beginJob, defaults, makeConnectedUser, makeUser, secrets } from '../db/fixtures.ts';
import { nothing, useReconciler } from './reconciler.ts';

const { em, temporal, handle, ensure, endOrphans, stateOf, untilListed, overdue } = useReconciler();

async function overdueUser(minutes?: number): Promise<string> {
  const userId = await makeConnectedUser(em());
  await overdue(userId, minutes);
  return userId;
}

const age = (jobId: string, minutes = 21) =>
  affected(em(), sql`update sync_jobs set created_at = ${new Date(Date.now() - minutes * 60_000)} where id = ${jobId}`);

/** The status once the job is in the database. */
async function untilStatus(userId: string) {
  for (;;) {
    const status = await temporal().readStatus(userId);
    if (status?.job && (await readJob(em(), userId, status.job.id))) return status;
  }
}

/** A workflow that sleeps, of a user who has no portal account. */
async function sleepingUser(): Promise<string> {
  const userId = await makeUser(em());
  await temporal().pause(userId);
  while ((await temporal().readStatus(userId))?.pausedReason !== 'user');
  while ((await temporal().readRun(userId)).is !== 'asleep');
  return userId;
}

describe('the reconciler', () => {
  it('starts the workflows of all whose sync is overdue, page by page, and of nobody else', async () => {
    const users = await Promise.all(Array.from({ length: 5 }, () => overdueUser()));
    const never = await makeConnectedUser(em());
    await affected(em(), sql`update portal_accounts set next_sync_at = null where user_id = ${never}`);
    const paused = await overdueUser();
    await affected(em(), sql`update portal_accounts set paused_reason = 'user' where user_id = ${paused}`);
    const others = [await makeUser(em()), await makeConnectedUser(em()), paused];
    expect(await ensure()).toEqual({ ...nothing, started: 6 });
    for (const userId of [...users, never]) expect((await untilStatus(userId)).job?.status).toBe('pending');
    for (const userId of others) await expect(handle(userId).describe()).rejects.toThrow();
    expect(await ensure()).toEqual(nothing);
  });

  it('ends a pause whose time has come, where no workflow is left that would', async () => {
    const [ended, lasting] = [await makeConnectedUser(em()), await makeConnectedUser(em())];
    const pause = (userId: string, minutes: number) =>
      affected(
        em(),
        sql`update portal_accounts set paused_reason = 'user', next_sync_at = null,
          paused_until = now() + ${minutes} * interval '1 minute' where user_id = ${userId}`,
      );
    await pause(ended, -5);
    await pause(lasting, 5);
    expect(await ensure()).toEqual({ ...nothing, started: 1 });
    while ((await readSyncPlan(em(), ended, defaults))!.pausedUntil !== null);
    await expect(handle(lasting).describe()).rejects.toThrow();
    expect(await ensure()).toEqual(nothing);
  });

  it('looks after the others where one workflow cannot be reached', async () => {
    const [refusing] = [await overdueUser(9), await overdueUser()];
    const verbs = {
      settingsChanged: (userId: string) =>
        userId === refusing ? Promise.reject(new Error('no more signals')) : temporal().settingsChanged(userId),
    };
    expect(await ensure({ verbs })).toEqual({ ...nothing, started: 1, unreachable: 1 });
    expect(await ensure()).toEqual({ ...nothing, started: 1 });
  });

  it('counts a user who is not reached in time, and gives up where nobody is', async () => {
    await Promise.all(Array.from({ length: 30 }, () => overdueUser()));
    let calls = 0;
    const slow = () => Promise.reject(new TemporalUnavailableError(`no answer to call ${++calls}`));
    const now = (userId: string) => (calls < 5 ? slow() : temporal().settingsChanged(userId));
    await expect(ensure({ verbs: { settingsChanged: slow } })).rejects.toThrow(TemporalUnavailableError);
    expect(calls).toBeGreaterThanOrEqual(20);
    expect(calls).toBeLessThan(30);
    calls = 0;
    expect(await ensure({ verbs: { settingsChanged: now } })).toMatchObject({ started: 25, unreachable: 5 });
    expect(await ensure()).toEqual({ ...nothing, started: 5 });
  });

  it('goes on where an attempt before it was cut off', async () => {
    const users: string[] = [];
    for (const minutes of [9, 8, 7, 6, 5]) users.push(await overdueUser(minutes));
    const reached: unknown[] = [];
    const verbs = {
      settingsChanged: (userId: string) =>
        reached.length > 0 ? new Promise<never>(() => {}) : temporal().settingsChanged(userId),
    };
    await new Promise<void>((resolve) => {
      // The first attempt hangs for ever after its first page, as that of a worker that was killed.
      void ensure({ verbs, onHeartbeat: (details) => resolve(void reached.push(structuredClone(details))) });
    });
    const seen = new Set<string>();
    const noting = { readRun: (userId: string) => temporal().readRun((seen.add(userId), userId)) };
    expect(await ensure({ verbs: noting, heartbeatDetails: reached[0] })).toEqual({ ...nothing, started: 5 });
    expect(users.map((userId) => seen.has(userId))).toEqual([false, false, true, true, true]);
  });

  it.each(['terminated', 'cancelled'] as const)('starts a workflow again that was %s', async (how) => {
    const userId = await overdueUser();
    await temporal().settingsChanged(userId);
    const { job } = await untilStatus(userId);
    if (how === 'terminated') await handle(userId).terminate('by a test');
    else await handle(userId).cancel();
    await untilListed(userId, how === 'terminated' ? 'Terminated' : 'Canceled');
    // Its job is still active in the database, and so old that it may have been forgotten.
    await age(job!.id, 6);
    await overdue(userId);
    expect(await ensure()).toEqual({ ...nothing, started: 1 });
    expect(await stateOf(userId)).toBe('RUNNING');
  });

  it('leaves a sync alone that waits for a browser, however long', async () => {
    const userId = await overdueUser();
    await temporal().settingsChanged(userId);
    const { job } = await untilStatus(userId);
    await age(job!.id, 60);
    expect(await ensure()).toEqual(nothing);
    const { events } = await handle(userId).fetchHistory();
    expect(events?.filter((event) => event.workflowExecutionSignaledEventAttributes)).toHaveLength(1);
    expect(await readJob(em(), userId, job!.id)).toMatchObject({ status: 'pending' });
  });

  it('tells a workflow of credentials that were saved while Temporal was away', async () => {
    const userId = await sleepingUser();
    await savePortalCredentials(em(), secrets, { userId, username: 'dancer', password: 'plié-42' });
    expect(await ensure()).toEqual(nothing);
    await overdue(userId);
    expect(await ensure()).toEqual({ ...nothing, told: 1 });
    expect((await untilStatus(userId)).job?.status).toBe('pending');
    expect(await ensure()).toEqual(nothing);
  });
});

describe('workflows without a user', () => {
  it('are stopped', async () => {
    const userId = await makeConnectedUser(em());
    await temporal().settingsChanged(userId);
    await untilListed(userId, 'Running');
    await deleteUser(em(), userId);
    expect(await endOrphans()).toEqual({ stopped: 1, terminated: 0 });
    expect(await stateOf(userId)).toBe('COMPLETED');
    await untilListed(userId, 'Completed');
  });

  it('are ended all the same where one of them cannot be told', async () => {
    const [untold, told] = [randomUUID(), randomUUID()];
    for (const userId of [untold, told]) {
      await temporal().settingsChanged(userId);
      await untilListed(userId, 'Running');
    }
    const stop = async (userId: string) => {
      if (userId === untold) throw new TypeError('stop is not a function');
      await temporal().stop(userId);
    };
    expect(await endOrphans(20_000, { stop })).toEqual({ stopped: 1, terminated: 0 });
    expect([await stateOf(told), await stateOf(untold)]).toEqual(['COMPLETED', 'RUNNING']);
    expect(await endOrphans()).toEqual({ stopped: 1, terminated: 0 });
    for (const userId of [untold, told]) await untilListed(userId, 'Completed');
  });

  it('are terminated where no worker serves them', async () => {
    const userId = randomUUID();
    const workflowId = userSyncId(userId);
    await temporal().client.workflow.start(userSyncType, { workflowId, taskQueue: 'nobody', args: [{ userId }] });
    await untilListed(userId, 'Running');
    expect(await endOrphans(500)).toEqual({ stopped: 0, terminated: 1 });
    expect(await stateOf(userId)).toBe('TERMINATED');
  });
});

describe('a job that is active for too long', () => {
  it('is closed as interrupted where no workflow is left, and its log says so', async () => {
    const userId = await makeConnectedUser(em());
    const jobId = await beginJob(em(), userId);
    await age(jobId);
    await deletePortalCredentials(em(), userId);
    expect(await ensure()).toEqual({ ...nothing, interrupted: 1 });
    expect(await readJob(em(), userId, jobId)).toMatchObject({ status: 'failed', errorCode: 'interrupted' });
    const { logs } = await listJobLogs(em(), userId, jobId, { limit: 10 });
    expect(logs).toMatchObject([{ level: 'error', message: expect.stringContaining('interrupted') as string }]);
  });

  it('is closed where the workflow sleeps', async () => {
    const userId = await sleepingUser();
    const jobId = randomUUID();
    await affected(em(), sql`insert into sync_jobs (id, user_id, status) values (${jobId}, ${userId}, 'running')`);
    await age(jobId);
    expect(await ensure()).toEqual({ ...nothing, interrupted: 1 });
    expect(await readJob(em(), userId, jobId)).toMatchObject({ errorCode: 'interrupted' });
  });

  it('is left alone where the workflow still works on it, and while it is young', async () => {
    const userId = await makeConnectedUser(em());
    await temporal().settingsChanged(userId);
    const { job } = await untilStatus(userId);
    await age(job!.id);
    const young = await makeConnectedUser(em());
    const youngJob = await beginJob(em(), young);
    await deletePortalCredentials(em(), young);
    expect(await ensure()).toEqual(nothing);
    expect(await readJob(em(), userId, job!.id)).toMatchObject({ status: 'pending' });
    expect(await readJob(em(), young, youngJob)).toMatchObject({ status: 'running' });
  });
});
