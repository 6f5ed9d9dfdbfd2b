import { randomUUID } from 'node:crypto';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EnsuredSyncs } from '#domain/activities.ts';
import { createEnsureSyncs } from '#activities/ensure-syncs.ts';
import { createSyncActivities } from '#activities/index.ts';
import { deletePortalCredentials, savePortalCredentials } from '#db/queries/portal-accounts.ts';
import { listJobLogs, readJob } from '#db/queries/sync-jobs.ts';
import { deleteUser } from '#db/queries/users.ts';
import { affected, sql } from '../support/sql.ts';
import { createSyncClient, type TemporalSyncClient } from '#temporal/client.ts';
import { userSyncId, userSyncType } from '#workflows/names.ts';
import { workflowBundlePath } from '#temporal/workflow-bundle.ts';
import { beginJob, makeConnectedUser, makeUser, secrets, useDatabase } from '../db/fixtures.ts';
import { claimTemporal, temporaryFolder } from '../support/index.ts';

const { em, orm } = useDatabase();
const config = { SYNC_TIMEOUT_SECONDS: 300, SYNC_INTERVAL_MINUTES: 120, RETENTION_DAYS: 30, DATA_DIR: '/nowhere' };
let temporal: TemporalSyncClient;
let closeWorker: () => Promise<void>;

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const { address, namespace } = claimTemporal();
  temporal = createSyncClient({
    TEMPORAL_ADDRESS: address,
    TEMPORAL_NAMESPACE: namespace,
    TEMPORAL_API_KEY: undefined,
    TEMPORAL_TLS: false,
  });
  const connection = await NativeConnection.connect({ address });
  // No worker reads the portal here, so a sync stays pending.
  const worker = await Worker.create({
    connection,
    namespace,
    taskQueue: 'sync',
    workflowBundle: { codePath: await workflowBundlePath(await temporaryFolder()) },
    activities: { ...createSyncActivities({ config, orm: orm(), temporal }) },
  });
  const running = worker.run();
  closeWorker = async () => {
    worker.shutdown();
    await running;
    await temporal.close();
    await connection.close();
  };
});
afterAll(() => closeWorker());

/** One run of the reconciler, which sees two users at a time. */
function ensure(stopMs = 20_000, verbs: Partial<TemporalSyncClient> = {}): Promise<EnsuredSyncs> {
  const deps = { config, orm: orm(), temporal: { ...temporal, ...verbs } };
  const limits = { pageSize: 2, stopMs, activeMarginMs: 15 * 60_000 };
  const logger = new DefaultLogger('ERROR', () => undefined);
  const activity = createEnsureSyncs(deps, limits);
  return new MockActivityEnvironment({}, { logger }).run<[], EnsuredSyncs, typeof activity>(activity);
}

const handle = (userId: string) => temporal.client.workflow.getHandle(userSyncId(userId));

async function stateOf(userId: string): Promise<string> {
  return (await handle(userId).describe()).status.name;
}

/** Lists show what happened a moment later. */
async function untilListed(userId: string, status: string): Promise<void> {
  const query = `WorkflowId = '${userSyncId(userId)}' AND ExecutionStatus = '${status}'`;
  while ((await temporal.client.workflow.count(query)).count === 0);
}

async function started(userId: string): Promise<void> {
  await temporal.settingsChanged(userId);
  await untilListed(userId, 'Running');
}

async function age(jobId: string): Promise<void> {
  await affected(em(), sql`update sync_jobs set created_at = now() - interval '21 minutes' where id = ${jobId}`);
}

describe('the reconciler', () => {
  it('starts the workflows of all connected users, page by page, and of nobody else', async () => {
    const connected = await Promise.all(Array.from({ length: 5 }, () => makeConnectedUser(em())));
    const other = await makeUser(em());
    expect(await ensure()).toEqual({ started: 5, told: 0, stopped: 0, terminated: 0, interrupted: 0 });
    for (const userId of connected) {
      expect(await stateOf(userId)).toBe('RUNNING');
      await untilListed(userId, 'Running');
    }
    await expect(handle(other).describe()).rejects.toThrow();
    expect(await ensure()).toEqual({ started: 0, told: 0, stopped: 0, terminated: 0, interrupted: 0 });
  });

  it('looks after the others where one workflow takes no messages', async () => {
    const [refusing, other] = [await makeConnectedUser(em()), await makeConnectedUser(em())];
    const settingsChanged = (userId: string) =>
      userId === refusing ? Promise.reject(new Error('no more signals')) : temporal.settingsChanged(userId);
    expect(await ensure(20_000, { settingsChanged })).toMatchObject({ started: 1 });
    expect(await stateOf(other)).toBe('RUNNING');
    await untilListed(other, 'Running');
    expect(await ensure()).toMatchObject({ started: 1 });
    await untilListed(refusing, 'Running');
  });

  it.each(['terminated', 'cancelled'] as const)('starts a workflow again that was %s', async (how) => {
    const userId = await makeConnectedUser(em());
    await started(userId);
    if (how === 'terminated') await handle(userId).terminate('by a test');
    else await handle(userId).cancel();
    await untilListed(userId, how === 'terminated' ? 'Terminated' : 'Canceled');
    expect(await ensure()).toMatchObject({ started: 1 });
    expect(await stateOf(userId)).toBe('RUNNING');
    await untilListed(userId, 'Running');
  });

  it('tells a workflow of credentials that were saved while Temporal was away', async () => {
    const userId = await makeUser(em());
    await temporal.pause(userId);
    while ((await temporal.readStatus(userId))?.pausedReason !== 'user');
    while ((await handle(userId).describe()).raw.pendingActivities?.length);
    await untilListed(userId, 'Running');
    await savePortalCredentials(em(), secrets, { userId, username: 'dancer', password: 'plié-42' });
    expect(await ensure()).toMatchObject({ started: 0, told: 0 });
    await affected(
      em(),
      sql`update portal_accounts set next_sync_at = now() - interval '3 minutes' where user_id = ${userId}`,
    );
    expect(await ensure()).toMatchObject({ started: 0, told: 1 });
    expect((await untilStatus(userId)).job?.status).toBe('pending');
    expect(await ensure()).toMatchObject({ started: 0, told: 0 });
  });

  it('stops the workflow of a user who is gone', async () => {
    const userId = await makeConnectedUser(em());
    await started(userId);
    await deleteUser(em(), userId);
    expect(await ensure()).toMatchObject({ stopped: 1, terminated: 0 });
    expect(await stateOf(userId)).toBe('COMPLETED');
    await untilListed(userId, 'Completed');
  });

  it('terminates the workflow of nobody that no worker serves', async () => {
    const userId = randomUUID();
    const workflowId = userSyncId(userId);
    await temporal.client.workflow.start(userSyncType, { workflowId, taskQueue: 'nobody', args: [{ userId }] });
    await untilListed(userId, 'Running');
    expect(await ensure(500)).toMatchObject({ stopped: 0, terminated: 1 });
    expect(await stateOf(userId)).toBe('TERMINATED');
    await untilListed(userId, 'Terminated');
  });
});

describe('a job that is active for too long', () => {
  it('is closed as interrupted where no workflow is left, and its log says so', async () => {
    const userId = await makeConnectedUser(em());
    const jobId = await beginJob(em(), userId);
    await age(jobId);
    await deletePortalCredentials(em(), userId);
    expect(await ensure()).toMatchObject({ interrupted: 1 });
    expect(await readJob(em(), userId, jobId)).toMatchObject({ status: 'failed', errorCode: 'interrupted' });
    const { logs } = await listJobLogs(em(), userId, jobId, { limit: 10 });
    expect(logs).toMatchObject([{ level: 'error', message: expect.stringContaining('interrupted') as string }]);
  });

  it('is closed where the workflow sleeps or works on another job', async () => {
    const userId = await makeConnectedUser(em());
    await started(userId);
    const { job } = await untilStatus(userId);
    expect(job?.status).toBe('pending');
    await affected(em(), sql`delete from sync_jobs where user_id = ${userId}`);
    const jobId = randomUUID();
    await affected(em(), sql`insert into sync_jobs (id, user_id, status) values (${jobId}, ${userId}, 'running')`);
    await age(jobId);
    expect(await ensure()).toMatchObject({ interrupted: 1 });
    expect(await readJob(em(), userId, jobId)).toMatchObject({ errorCode: 'interrupted' });
  });

  it('is left alone where the workflow still works on it, and while it is young', async () => {
    const userId = await makeConnectedUser(em());
    await started(userId);
    const { job } = await untilStatus(userId);
    await age(job!.id);
    const young = await makeConnectedUser(em());
    const youngJob = await beginJob(em(), young);
    await deletePortalCredentials(em(), young);
    expect(await ensure()).toMatchObject({ interrupted: 0 });
    expect(await readJob(em(), userId, job!.id)).toMatchObject({ status: 'pending' });
    expect(await readJob(em(), young, youngJob)).toMatchObject({ status: 'running' });
  });
});

/** The status once the job is in the database. */
async function untilStatus(userId: string) {
  for (;;) {
    const status = await temporal.readStatus(userId);
    if (status?.job && (await readJob(em(), userId, status.job.id))) return status;
  }
}
