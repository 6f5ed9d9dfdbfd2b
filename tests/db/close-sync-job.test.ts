/** The end of a sync: the job and its schedule become final together, once. */
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { closeSyncJob } from '#db/queries/close-sync-job.ts';
import { deletePortalCredentials, readPortalAccount, savePortalCredentials } from '#db/queries/portal-accounts.ts';
import { listJobLogs, readJob, readLatestState } from '#db/queries/sync-jobs.ts';
import { deleteUser } from '#db/queries/users.ts';
import { beginJob, closing, defaults, hourMs, makeConnectedUser, secrets, useDatabase, anyDate } from './fixtures.ts';
import { useNotifications } from './notifications.ts';

const { em, url } = useDatabase();

const notifications = useNotifications(url);

const close = (job: { userId: string; jobId: string }, values: Parameters<typeof closing>[1] = {}) =>
  closeSyncJob(em(), closing(job, values), defaults);

const saveCredentials = (userId: string) =>
  savePortalCredentials(em(), secrets, { userId, username: 'dancer', password: 'new' });

describe('closing a job', () => {
  it('makes job and schedule final together, and notifies', async () => {
    const userId = await makeConnectedUser(em());
    const jobId = await beginJob(em(), userId);
    const completedAt = Date.now();
    const notified = await notifications.during(userId, async () => {
      const closed = await close({ userId, jobId }, { completedAt, bookingsSynced: 137, partial: true });
      expect(closed).toEqual({
        connected: true,
        revision: 1,
        lastRevision: 1,
        intervalMinutes: 120,
        limitMs: 300_000,
        nextSyncAt: completedAt + 2 * hourMs,
        scheduleReason: 'interval',
        pausedUntil: null,
        pausedBy: null,
        pausedReason: null,
        streak: { consecutiveFailures: 0, failingSince: null, warning: null },
        targets: [],
        circuit: null,
        closedNow: true,
      });
    });
    expect(notified).toBe(1);
    expect(await readLatestState(em(), userId)).toMatchObject({
      connected: true,
      nextSyncAt: new Date(completedAt + 2 * hourMs),
      lastSyncAt: new Date(completedAt),
      consecutiveFailures: 0,
      job: { id: jobId, status: 'completed', bookingsSynced: 137, partial: true, completedAt: new Date(completedAt) },
    });
    expect((await listJobLogs(em(), userId, jobId, { limit: 5 })).logs).toMatchObject([
      { level: 'warn', phase: 'completed', message: 'Successfully synced 137 bookings' },
    ]);
  });

  it('changes nothing the second time, and answers with the schedule as it is', async () => {
    const userId = await makeConnectedUser(em());
    const jobId = await beginJob(em(), userId);
    const first = await close({ userId, jobId }, { bookingsSynced: 3 });
    const state = await readLatestState(em(), userId);
    const late = { status: 'failed', errorCode: 'internal' } as const;
    expect(await close({ userId, jobId }, late)).toEqual({ ...first, closedNow: false });
    expect(await readLatestState(em(), userId)).toEqual(state);
    expect((await listJobLogs(em(), userId, jobId, { limit: 5 })).logs).toHaveLength(1);
  });

  it('as failed keeps the time of the last sync that completed', async () => {
    const userId = await makeConnectedUser(em());
    const completedAt = Date.now() - hourMs;
    await close({ userId, jobId: await beginJob(em(), userId) }, { completedAt });
    const jobId = await beginJob(em(), userId);
    await close({ userId, jobId }, { status: 'failed', errorCode: 'portal_unavailable', bookingsSynced: null });
    expect(await readLatestState(em(), userId)).toMatchObject({
      lastSyncAt: new Date(completedAt),
      consecutiveFailures: 1,
      job: { id: jobId, status: 'failed', phase: 'failed', errorCode: 'portal_unavailable', bookingsSynced: null },
    });
  });

  it('with a reason to pause stores it', async () => {
    const userId = await makeConnectedUser(em());
    const jobId = await beginJob(em(), userId);
    const closed = await close({ userId, jobId }, { status: 'failed', errorCode: 'invalid_credentials' });
    expect(closed).toMatchObject({ pausedReason: 'invalid_credentials', nextSyncAt: null });
    expect(await readPortalAccount(em(), userId)).toMatchObject({
      pausedReason: 'invalid_credentials',
      nextSyncAt: null,
    });
  });

  it.each([
    ['which the attempt reported', 1],
    ['which the attempt did not report', null],
  ])(
    'for credentials %s and that were replaced meanwhile pauses nothing and syncs again at once',
    async (_case, revision) => {
      const userId = await makeConnectedUser(em());
      const jobId = await beginJob(em(), userId);
      await saveCredentials(userId);
      const completedAt = Date.now();
      const closed = await close(
        { userId, jobId },
        { status: 'failed', errorCode: 'invalid_credentials', completedAt, revision },
      );
      expect(closed).toMatchObject({ pausedReason: null, nextSyncAt: completedAt, revision: 2 });
    },
  );

  it('does not end a pause of the user’s own, whatever happened to the credentials', async () => {
    const userId = await makeConnectedUser(em());
    const jobId = await beginJob(em(), userId);
    await saveCredentials(userId);
    const closed = await close({ userId, jobId }, { paused: true });
    expect(closed).toMatchObject({ pausedReason: 'user' });
  });

  it('after the credentials were deleted leaves nothing due', async () => {
    const userId = await makeConnectedUser(em());
    const jobId = await beginJob(em(), userId);
    await deletePortalCredentials(em(), userId);
    const failure = { status: 'failed', errorCode: 'account_locked' } as const;
    expect(await close({ userId, jobId }, failure)).toMatchObject({
      connected: false,
      nextSyncAt: null,
      pausedReason: null,
    });
    expect(await readJob(em(), userId, jobId)).toMatchObject({ status: 'failed' });
  });

  it('that was never opened puts it into the history', async () => {
    const userId = await makeConnectedUser(em());
    const jobId = randomUUID();
    await close(
      { userId, jobId },
      { status: 'failed', errorCode: 'no_capacity', revision: null, triggeredManually: true },
    );
    expect(await readJob(em(), userId, jobId)).toMatchObject({
      status: 'failed',
      errorCode: 'no_capacity',
      triggeredManually: true,
      startedAt: null,
      completedAt: anyDate,
    });
  });

  it('of a user that is gone is no error', async () => {
    const userId = await makeConnectedUser(em());
    const jobId = await beginJob(em(), userId);
    await deleteUser(em(), userId);
    expect(await close({ userId, jobId })).toMatchObject({ connected: false, nextSyncAt: null });
  });

  it('while credentials are being saved ends in one of the two orders, both with a sync due and no pause', async () => {
    for (let round = 0; round < 10; round += 1) {
      const userId = await makeConnectedUser(em());
      const jobId = await beginJob(em(), userId);
      const failure = { status: 'failed', errorCode: 'account_locked' } as const;
      await Promise.all([close({ userId, jobId }, failure), saveCredentials(userId)]);
      const account = await readPortalAccount(em(), userId);
      expect(account).toMatchObject({ revision: 2, pausedReason: null, nextSyncAt: anyDate });
      expect(account!.nextSyncAt!.getTime()).toBeLessThanOrEqual(Date.now());
    }
  });
});
