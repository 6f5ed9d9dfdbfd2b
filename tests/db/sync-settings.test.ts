import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { closeSyncJob } from '#db/queries/close-sync-job.ts';
import { openSyncJob } from '#db/queries/open-sync-job.ts';
import { deletePortalCredentials } from '#db/queries/portal-accounts.ts';
import { readJob, readLatestState } from '#db/queries/sync-jobs.ts';
import { recordSchedule } from '#db/queries/schedule.ts';
import { readSyncState } from '#db/queries/sync-settings.ts';
import { writeUserSettings } from '#db/queries/users.ts';
import { useNotifications } from './notifications.ts';
import {
  anyDate,
  anyNumber,
  anyText,
  beginJob,
  closing,
  defaults,
  hourMs,
  makeConnectedUser,
  makeUser,
  useDatabase,
} from './fixtures.ts';

const { em, url } = useDatabase();
const notifications = useNotifications(url);

describe('the stored state', () => {
  it('holds all that a workflow needs that begins anew', async () => {
    const userId = await makeConnectedUser(em());
    const jobId = await beginJob(em(), userId);
    const completedAt = Date.now();
    await closeSyncJob(em(), closing({ userId, jobId }, { completedAt, bookingsSynced: 1 }), defaults);
    await beginJob(em(), userId);
    expect(await readSyncState(em(), { userId }, defaults)).toEqual({
      connected: true,
      revision: 1,
      lastRevision: 1,
      intervalMinutes: 120,
      limitMs: 300_000,
      nextSyncAt: completedAt + 2 * hourMs,
      scheduleReason: 'interval',
      scheduleAsOf: null,
      lastSyncAt: completedAt,
      pausedUntil: null,
      pausedBy: null,
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
    expect(await readSyncState(em(), { userId: await makeUser(em()) }, defaults)).toMatchObject(empty);
    expect(await readSyncState(em(), { userId: randomUUID() }, defaults)).toMatchObject(empty);
    expect(await readSyncState(em(), { userId: 'nobody' }, defaults)).toMatchObject(empty);
  });

  it('takes a pause, and notifies', async () => {
    const userId = await makeConnectedUser(em());
    const notified = await notifications.during(userId, () => record(userId, { paused: true }));
    expect(notified).toBe(1);
    expect(await readLatestState(em(), userId)).toMatchObject({ nextSyncAt: anyDate, pausedReason: 'user' });
  });

  it('has nothing due where nothing is connected', async () => {
    const userId = await makeConnectedUser(em());
    await deletePortalCredentials(em(), userId);
    await record(userId, { resumed: true, paused: true });
    expect(await readLatestState(em(), userId)).toMatchObject({ nextSyncAt: null, pausedReason: null });
  });
});

const record = (userId: string, wishes: object, now = Date.now()) =>
  recordSchedule(em(), { userId, now, ...wishes }, defaults);

describe('an activity that was thought lost', () => {
  it('writes nothing over what came after it, and is answered with that', async () => {
    const userId = await makeConnectedUser(em());
    const now = Date.now();
    const resumed = await record(userId, { resumed: true }, now + 1);
    expect(await record(userId, { paused: true }, now)).toEqual(resumed);
    expect(await readLatestState(em(), userId)).toMatchObject({ pausedReason: null });
    expect(await record(userId, { paused: true }, now + 2)).toMatchObject({ pausedReason: 'user' });
  });

  it('does what it was asked once, however often it is repeated', async () => {
    const userId = await makeConnectedUser(em());
    const now = Date.now();
    const first = await record(userId, { paused: true }, now);
    expect(await record(userId, { paused: true }, now)).toEqual(first);
    await record(userId, { resumed: true }, now + 1);
    expect(await record(userId, { paused: true }, now)).toMatchObject({ pausedReason: null });
  });

  it('makes no job of a sync that was put off or has ended since', async () => {
    const userId = await makeConnectedUser(em());
    const first = await beginJob(em(), userId);
    const now = Date.now();
    await closeSyncJob(em(), { ...closing({ userId, jobId: first }), now }, defaults);
    const late = { userId, jobId: randomUUID(), triggeredManually: false, deferrable: true, now: now - 1 };
    expect(await openSyncJob(em(), late, defaults)).toMatchObject({ heldUntil: anyNumber });
    expect(await readJob(em(), userId, late.jobId)).toBeNull();
  });
});

describe('workflows of the release before', () => {
  it('have the schedule written that they decided', async () => {
    const userId = await makeConnectedUser(em());
    const nextSyncAt = Date.now() + hourMs;
    const streak = { consecutiveFailures: 2, failingSince: Date.now() - hourMs, warning: null };
    const told = { userId, nextSyncAt, pausedReason: 'user' as const, streak };
    expect(await recordSchedule(em(), told, defaults)).toMatchObject({ nextSyncAt, pausedReason: 'user', streak });
    expect(await recordSchedule(em(), { userId, nextSyncAt: null, pausedReason: null }, defaults)).toMatchObject({
      nextSyncAt: null,
      pausedReason: null,
      streak,
    });
  });

  it('have a pause taken over that came while a sync ran, and their syncs put off', async () => {
    const userId = await makeConnectedUser(em());
    const jobId = await beginJob(em(), userId);
    const end = { ...closing({ userId, jobId }), pausedReason: 'user' as const };
    expect(await closeSyncJob(em(), end, defaults)).toMatchObject({ pausedReason: 'user' });
    const clock = (hours: number) => new Date(Date.now() + hours * hourMs).toISOString().slice(11, 16);
    const quiet = {
      intervalMinutes: null,
      timeZone: 'UTC',
      quietFrom: clock(-1),
      quietTo: clock(2),
      closerBeforeRentals: false,
    };
    await writeUserSettings(em(), userId, quiet);
    const due = { userId, jobId: randomUUID(), triggeredManually: false, holdUntil: Date.now() + hourMs / 6 };
    const opened = await openSyncJob(em(), { ...due, now: Date.now() }, defaults);
    expect(opened).toMatchObject({ heldBy: 'quiet_hours', heldUntil: anyNumber });
  });
});
