import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { listBookings } from '#db/queries/bookings.ts';
import { closeSyncJob } from '#db/queries/close-sync-job.ts';
import { openSyncJob } from '#db/queries/open-sync-job.ts';
import { savePortalCredentials } from '#db/queries/portal-accounts.ts';
import { reconcileBookings } from '#db/queries/reconcile-bookings.ts';
import { recordSchedule } from '#db/queries/schedule.ts';
import { listJobLogs, listJobs, readJob } from '#db/queries/sync-jobs.ts';
import { readSyncState } from '#db/queries/sync-settings.ts';
import { affected, sql } from '../support/sql.ts';
import {
  anyText,
  beginJob,
  closing,
  defaults,
  hourMs,
  makeConnectedUser,
  rental,
  secrets,
  stage,
  textWith,
  syncList,
  useDatabase,
} from './fixtures.ts';

const { em } = useDatabase();

describe('an opening that is repeated late', () => {
  it('leaves the job alone that runs by then', async () => {
    const userId = await makeConnectedUser(em());
    const [earlier, later] = [randomUUID(), randomUUID()];
    const open = (jobId: string) => openSyncJob(em(), { userId, jobId, triggeredManually: true }, defaults);
    await open(earlier);
    await closeSyncJob(em(), closing({ userId, jobId: earlier }), defaults);
    await open(later);
    await open(earlier);
    expect(await readJob(em(), userId, later)).toMatchObject({ status: 'pending', errorCode: null });
  });
});

describe('an id that is none, or another user’s', () => {
  it('is replaced, so that the sync ends as any other', async () => {
    const other = await makeConnectedUser(em());
    const theirs = await beginJob(em(), other);
    for (const jobId of ['x', theirs]) {
      const userId = await makeConnectedUser(em());
      const job = { userId, jobId, triggeredManually: true, now: Date.now() };
      const opened = await openSyncJob(em(), job, defaults);
      expect(opened).toMatchObject({ connected: true, heldUntil: null, jobId: anyText });
      expect(await openSyncJob(em(), job, defaults)).toEqual(opened);
      expect(await readJob(em(), userId, opened.jobId!)).toMatchObject({ status: 'pending' });
      await closeSyncJob(em(), closing({ userId, jobId: opened.jobId! }), defaults);
      // Cancelled before it was opened, and closed once more by a repetition.
      const end = { status: 'failed', errorCode: 'cancelled' } as const;
      for (const _ of [1, 2]) await closeSyncJob(em(), closing({ userId, jobId }, end), defaults);
      const { jobs } = await listJobs(em(), userId, { limit: 5 });
      expect(jobs.map(({ errorCode }) => errorCode)).toEqual(['cancelled', null]);
    }
    expect(await readJob(em(), other, theirs)).toMatchObject({ completedAt: null });
  });
});

describe('a pause until a time that is none', () => {
  it('has no end, so that it can be written at all', async () => {
    const userId = await makeConnectedUser(em());
    for (const pausedUntil of [1.79e18, -9e15, Number.NaN, 'tomorrow' as unknown as number])
      expect(
        await recordSchedule(em(), { userId, paused: true, pausedUntil, now: Date.now() }, defaults),
      ).toMatchObject({ pausedReason: 'user', pausedUntil: null });
  });
});

describe('an interval that was changed while a sync ran', () => {
  it('decides when the next one is due', async () => {
    const userId = await makeConnectedUser(em());
    const jobId = await beginJob(em(), userId);
    await affected(em(), sql`update users set interval_minutes = 60 where id = ${userId}`);
    const completedAt = Date.now();
    const next = { nextSyncAt: completedAt + hourMs, intervalMinutes: 60 };
    expect(await closeSyncJob(em(), closing({ userId, jobId }, { completedAt }), defaults)).toMatchObject(next);
    expect(await readSyncState(em(), { userId }, defaults)).toMatchObject(next);
  });
});

describe('credentials whose sync was cut off', () => {
  it('count as used, so that it does not begin again by itself', async () => {
    const userId = await makeConnectedUser(em());
    const jobId = await beginJob(em(), userId);
    const end = { status: 'failed', errorCode: 'cancelled', revision: null } as const;
    expect(await closeSyncJob(em(), closing({ userId, jobId }, end), defaults)).toMatchObject({ lastRevision: 1 });
    expect(await readSyncState(em(), { userId }, defaults)).toMatchObject({ revision: 1, lastRevision: 1 });
  });

  it('wait for their first sync where it did not begin', async () => {
    const userId = await makeConnectedUser(em());
    const jobId = randomUUID();
    await openSyncJob(em(), { userId, jobId, triggeredManually: true }, defaults);
    const end = { status: 'failed', errorCode: 'no_capacity', revision: null } as const;
    await closeSyncJob(em(), closing({ userId, jobId }, end), defaults);
    expect(await readSyncState(em(), { userId }, defaults)).toMatchObject({ revision: 1, lastRevision: null });
  });
});

describe('credentials that were saved while a sync ran', () => {
  it('have no failure behind them when it fails', async () => {
    const userId = await makeConnectedUser(em());
    const since = new Date(Date.now() - 8 * 24 * hourMs);
    await affected(
      em(),
      sql`update portal_accounts set consecutive_failures = 30, failing_since = ${since} where user_id = ${userId}`,
    );
    const jobId = await beginJob(em(), userId);
    await savePortalCredentials(em(), secrets, { userId, username: 'dancer', password: 'new' });
    const failure = { status: 'failed', errorCode: 'portal_changed' } as const;
    const noFailures = { consecutiveFailures: 0, failingSince: null, warning: null };
    const closed = await closeSyncJob(em(), closing({ userId, jobId }, failure), defaults);
    expect(closed).toMatchObject({ pausedReason: null, streak: noFailures });
    const state = { ...noFailures, revision: 2, lastRevision: 1 };
    expect(await readSyncState(em(), { userId }, defaults)).toMatchObject(state);
  });
});

describe('credentials that were saved while a sync ran and the user paused', () => {
  it('are due as soon as the pause ends', async () => {
    const userId = await makeConnectedUser(em());
    const jobId = await beginJob(em(), userId);
    await savePortalCredentials(em(), secrets, { userId, username: 'dancer', password: 'new' });
    const completedAt = Date.now();
    const end = { completedAt, paused: true } as const;
    const closed = await closeSyncJob(em(), closing({ userId, jobId }, end), defaults);
    expect(closed).toMatchObject({ pausedReason: 'user', nextSyncAt: completedAt });
  });
});

describe('a list that could not be confirmed', () => {
  it('is stored without removals, though another attempt began to read after it', async () => {
    const userId = await makeConnectedUser(em());
    await syncList(em(), userId, [rental('one'), rental('two'), rental('three')]);
    const job = { userId, jobId: await beginJob(em(), userId) };
    const first = await stage(em(), job, [rental('one', { status: 'Canceled' }), rental('new')]);
    expect(await reconcileBookings(em(), first)).toEqual({ outcome: 'wants_confirmation' });
    await stage(em(), job, [rental('two')], { attempt: 2 });
    const stored = await reconcileBookings(em(), { ...first, complete: false, unconfirmed: true });
    expect(stored).toMatchObject({
      outcome: 'stored',
      bookingsSynced: 2,
      added: 1,
      changed: 1,
      removed: 0,
      partial: true,
    });
    const { bookings } = await listBookings(em(), userId, { limit: 10 });
    expect(bookings.map(({ recordId, removedAt }) => [recordId, removedAt]).sort()).toEqual(
      ['new', 'one', 'three', 'two'].map((recordId) => [recordId, null]),
    );
    const { logs } = await listJobLogs(em(), userId, job.jobId, { limit: 5 });
    expect(logs).toContainEqual(
      expect.objectContaining({ level: 'warn', message: textWith('none is marked as gone') }),
    );
  });
});
