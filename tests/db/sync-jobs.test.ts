/** A job from its opening through its attempts and its progress. */
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { closeSyncJob } from '#db/queries/close-sync-job.ts';
import { openSyncJob } from '#db/queries/open-sync-job.ts';
import {
  beginAttempt,
  deletePortalCredentials,
  readPortalAccount,
  savePortalCredentials,
} from '#db/queries/portal-accounts.ts';
import { reconcileBookings, ReconcileRefusedError } from '#db/queries/reconcile-bookings.ts';
import { appendJobLog, listJobLogs, readJob, readLatestState, recordProgress } from '#db/queries/sync-jobs.ts';
import { recordSchedule } from '#db/queries/schedule.ts';
import { deleteUser } from '#db/queries/users.ts';
import {
  beginJob,
  closing,
  defaults,
  makeConnectedUser,
  rental,
  secrets,
  stage,
  useDatabase,
  anyDate,
  textWith,
} from './fixtures.ts';
import { useNotifications } from './notifications.ts';

const { em, url } = useDatabase();

const notifications = useNotifications(url);

const open = (userId: string, jobId: string, triggeredManually = false) =>
  openSyncJob(em(), { userId, jobId, triggeredManually, workflowRunId: 'run-1' }, defaults);

const close = (job: { userId: string; jobId: string }, values: Parameters<typeof closing>[1] = {}) =>
  closeSyncJob(em(), closing(job, values), defaults);

const saveCredentials = (userId: string) =>
  savePortalCredentials(em(), secrets, { userId, username: 'dancer', password: 'new' });

describe('opening a job', () => {
  it('inserts it as pending, answers with the settings and notifies', async () => {
    const userId = await makeConnectedUser(em());
    const jobId = randomUUID();
    expect(await notifications.during(userId, () => open(userId, jobId, true))).toBe(1);
    expect(await open(userId, jobId, true)).toEqual({
      connected: true,
      revision: 1,
      intervalMinutes: 120,
      limitMs: 300_000,
      heldUntil: null,
    });
    expect(await readJob(em(), userId, jobId)).toMatchObject({
      status: 'pending',
      phase: 'initializing',
      triggeredManually: true,
      startedAt: null,
      completedAt: null,
    });
  });

  it('does nothing the second time, however far the job is', async () => {
    const userId = await makeConnectedUser(em());
    const jobId = await beginJob(em(), userId);
    const running = await readJob(em(), userId, jobId);
    await open(userId, jobId);
    expect(await readJob(em(), userId, jobId)).toEqual(running);
    await close({ userId, jobId });
    await open(userId, jobId);
    expect(await readJob(em(), userId, jobId)).toMatchObject({ status: 'completed' });
  });

  it('closes a job that a crash left over, and says so in its log', async () => {
    const userId = await makeConnectedUser(em());
    const leftOver = await beginJob(em(), userId);
    const jobId = randomUUID();
    await open(userId, jobId);
    expect(await readJob(em(), userId, leftOver)).toMatchObject({
      status: 'failed',
      phase: 'failed',
      errorCode: 'interrupted',
      completedAt: anyDate,
    });
    expect((await listJobLogs(em(), userId, leftOver, { limit: 5 })).logs).toMatchObject([
      { level: 'error', phase: 'failed', message: textWith('interrupted') },
    ]);
    expect(await readJob(em(), userId, jobId)).toMatchObject({ status: 'pending' });
  });

  it('leaves one active job, whoever opens at the same time', async () => {
    const userId = await makeConnectedUser(em());
    const ids = Array.from({ length: 5 }, () => randomUUID());
    await Promise.all(ids.map((jobId) => open(userId, jobId)));
    const jobs = await Promise.all(ids.map((jobId) => readJob(em(), userId, jobId)));
    expect(jobs.map((job) => job!.status).sort()).toEqual(['failed', 'failed', 'failed', 'failed', 'pending']);
  });

  it('makes none without credentials, and closes one that was opened before they went', async () => {
    const userId = await makeConnectedUser(em());
    const jobId = randomUUID();
    await open(userId, jobId);
    await deletePortalCredentials(em(), userId);
    expect(await open(userId, jobId)).toMatchObject({ connected: false, revision: 2 });
    expect(await readJob(em(), userId, jobId)).toMatchObject({ status: 'failed', errorCode: 'interrupted' });
    const other = randomUUID();
    await open(userId, other);
    expect(await readJob(em(), userId, other)).toBeNull();
  });

  it.each([
    ['an unknown user', randomUUID()],
    ['no user id at all', 'nobody'],
  ])('is not connected for %s', async (_case, userId) => {
    expect(await open(userId, randomUUID())).toMatchObject({ connected: false, revision: 0 });
  });
});

describe('beginning an attempt', () => {
  it('makes the job running, gives what the attempt needs and notifies', async () => {
    const userId = await makeConnectedUser(em());
    const jobId = randomUUID();
    await open(userId, jobId);
    let credentials: Awaited<ReturnType<typeof beginAttempt>> = null;
    const notified = await notifications.during(userId, async () => {
      credentials = await beginAttempt(em(), { userId, jobId, attempt: 1 });
    });
    expect(notified).toBe(1);
    const account = await readPortalAccount(em(), userId);
    expect(credentials).toEqual({
      portalAccountId: account!.id,
      revision: 1,
      username: 'dancer',
      passwordSealed: expect.stringMatching(/^v1\.test\./) as string,
      sessionSealed: null,
      pendingCredentials: false,
    });
    expect(secrets.open(credentials!.passwordSealed, `portal_accounts:${account!.id}:password`)).toBe('plié-42');
    expect(await readJob(em(), userId, jobId)).toMatchObject({ status: 'running', attempt: 1 });
  });

  it('notes the start once', async () => {
    const userId = await makeConnectedUser(em());
    const jobId = await beginJob(em(), userId);
    const first = await readJob(em(), userId, jobId);
    await beginAttempt(em(), { userId, jobId, attempt: 2 });
    expect(await readJob(em(), userId, jobId)).toMatchObject({ startedAt: first!.startedAt, attempt: 2 });
  });

  it('is refused to an attempt that a later one has overtaken', async () => {
    const userId = await makeConnectedUser(em());
    const jobId = await beginJob(em(), userId);
    await beginAttempt(em(), { userId, jobId, attempt: 2 });
    expect(await beginAttempt(em(), { userId, jobId, attempt: 1 })).toBeNull();
  });

  it('is refused where the job is closed, is another user’s, or credentials are gone', async () => {
    const userId = await makeConnectedUser(em());
    const jobId = await beginJob(em(), userId);
    expect(await beginAttempt(em(), { userId: await makeConnectedUser(em()), jobId, attempt: 2 })).toBeNull();
    await deletePortalCredentials(em(), userId);
    expect(await beginAttempt(em(), { userId, jobId, attempt: 2 })).toBeNull();
    await saveCredentials(userId);
    await close({ userId, jobId });
    expect(await beginAttempt(em(), { userId, jobId, attempt: 2 })).toBeNull();
  });
});

describe('progress', () => {
  it('is kept for the running attempt, and notifies', async () => {
    const userId = await makeConnectedUser(em());
    const jobId = await beginJob(em(), userId);
    const report = { userId, jobId, attempt: 1, phase: 'reading', done: 50, total: null } as const;
    expect(await notifications.during(userId, () => recordProgress(em(), report))).toBe(1);
    expect(await readJob(em(), userId, jobId)).toMatchObject({ phase: 'reading', done: 50, total: null });
  });

  it('of an older attempt or a closed job changes nothing', async () => {
    const userId = await makeConnectedUser(em());
    const jobId = await beginJob(em(), userId);
    await beginAttempt(em(), { userId, jobId, attempt: 2 });
    const report = { userId, jobId, phase: 'reading', done: 50, total: 60 } as const;
    expect(await notifications.during(userId, () => recordProgress(em(), { ...report, attempt: 1 }))).toBe(0);
    await close({ userId, jobId }, { bookingsSynced: 7 });
    await recordProgress(em(), { ...report, attempt: 2 });
    expect(await readJob(em(), userId, jobId)).toMatchObject({ phase: 'completed', done: 7, total: 7 });
  });
});

describe('new credentials', () => {
  it('are told until a sync has used them, unless the user paused', async () => {
    const userId = await makeConnectedUser(em());
    const told = async () => (await readLatestState(em(), userId))!.newCredentials;
    expect(await told()).toBe(true);
    const jobId = await beginJob(em(), userId);
    await close({ userId, jobId }, { revision: 1 });
    expect(await told()).toBe(false);
    await saveCredentials(userId);
    expect(await told()).toBe(true);
    await recordSchedule(em(), { userId, paused: true, now: Date.now() }, defaults);
    expect(await told()).toBe(false);
  });
});

it('deletes a user with everything, also in the middle of a sync', async () => {
  for (let round = 0; round < 10; round += 1) {
    const userId = await makeConnectedUser(em());
    const jobId = await beginJob(em(), userId);
    const input = await stage(em(), { userId, jobId }, [rental('one'), rental('two')]);
    const outcomes = await Promise.allSettled([
      reconcileBookings(em(), input),
      deleteUser(em(), userId),
      appendJobLog(em(), { userId, jobId, level: 'info', phase: 'reading', message: 'half way' }),
      close({ userId, jobId }),
    ]);
    expect(outcomes[1]).toEqual({ status: 'fulfilled', value: true });
    const refusals = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as Error] : []));
    expect(refusals.filter((refusal) => !(refusal instanceof ReconcileRefusedError))).toEqual([]);
    expect(await readLatestState(em(), userId)).toBeNull();
    const rows = await notifications.query(
      `select (select count(*) from bookings where user_id = $1) + (select count(*) from sync_jobs where user_id = $1)
            + (select count(*) from staged_rentals where job_id = $2) as left`,
      [userId, jobId],
    );
    expect(rows.rows).toEqual([{ left: '0' }]);
  }
});
