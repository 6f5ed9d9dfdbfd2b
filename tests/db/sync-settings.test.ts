import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { closeSyncJob } from '#db/queries/close-sync-job.ts';
import { deletePortalCredentials } from '#db/queries/portal-accounts.ts';
import { readLatestState } from '#db/queries/sync-jobs.ts';
import { readSyncState, recordSchedule } from '#db/queries/sync-settings.ts';
import { useBell } from './bell.ts';
import { anyText, beginJob, closing, defaults, hourMs, makeConnectedUser, makeUser, useDatabase } from './fixtures.ts';

const { em, url } = useDatabase();
const bell = useBell(url);

describe('the stored state', () => {
  it('holds all that a workflow needs that begins anew', async () => {
    const userId = await makeConnectedUser(em());
    const jobId = await beginJob(em(), userId);
    const completedAt = Date.now();
    await closeSyncJob(em(), closing({ userId, jobId }, { completedAt, bookingsSynced: 1 }), defaults);
    await beginJob(em(), userId);
    expect(await readSyncState(em(), userId, defaults)).toEqual({
      connected: true,
      revision: 1,
      lastRevision: 1,
      intervalMinutes: 120,
      limitMs: 300_000,
      nextSyncAt: completedAt + 2 * hourMs,
      lastSyncAt: completedAt,
      pausedReason: null,
      consecutiveFailures: 0,
      failingSince: null,
      warning: null,
      lastJob: {
        id: jobId,
        status: 'completed',
        phase: 'completed',
        progress: 'Successfully synced 1 booking',
        done: 1,
        total: 1,
        bookingsSynced: 1,
        startedAt: anyText,
        completedAt: new Date(completedAt).toISOString(),
        triggeredManually: true,
        errorCode: null,
        partial: false,
      },
    });
  });

  it('of somebody who never connected, or does not exist, is empty', async () => {
    const empty = { connected: false, revision: 0, lastRevision: null, nextSyncAt: null, lastJob: null };
    expect(await readSyncState(em(), await makeUser(em()), defaults)).toMatchObject(empty);
    expect(await readSyncState(em(), randomUUID(), defaults)).toMatchObject(empty);
    expect(await readSyncState(em(), 'nobody', defaults)).toMatchObject(empty);
  });

  it('takes a schedule that changed outside a sync, and rings', async () => {
    const userId = await makeConnectedUser(em());
    const nextSyncAt = new Date(Date.now() + hourMs);
    const rang = await bell.ringsDuring(userId, () =>
      recordSchedule(em(), { userId, nextSyncAt, pausedReason: 'user' }),
    );
    expect(rang).toBe(1);
    expect(await readLatestState(em(), userId)).toMatchObject({ nextSyncAt, pausedReason: 'user' });
  });

  it('has nothing due where nothing is connected', async () => {
    const userId = await makeConnectedUser(em());
    await deletePortalCredentials(em(), userId);
    await recordSchedule(em(), { userId, nextSyncAt: new Date(), pausedReason: 'user' });
    expect(await readLatestState(em(), userId)).toMatchObject({ nextSyncAt: null, pausedReason: null });
  });
});
