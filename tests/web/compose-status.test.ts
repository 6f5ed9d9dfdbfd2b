import { describe, expect, it } from 'vitest';
import { composeStatus, isUnderWay } from '#lib/server/sync/compose-status.ts';
import type { StoredJob, StoredStatus } from '#lib/server/sync/compose-status.ts';
import { jobSnapshot, syncStatus } from './support/temporal-double.ts';

const at = (minute: number) => new Date(Date.UTC(2026, 10, 23, 10, minute));

function storedJob(over: Partial<StoredJob> = {}): StoredJob {
  return {
    id: 'job-a',
    status: 'running',
    phase: 'reading',
    done: 20,
    total: null,
    bookingsSynced: null,
    startedAt: at(0),
    completedAt: null,
    triggeredManually: false,
    errorCode: null,
    partial: false,
    ...over,
  };
}

function stored(over: Partial<StoredStatus> = {}): StoredStatus {
  return {
    connected: true,
    nextSyncAt: at(50),
    scheduleReason: 'interval',
    lastSyncAt: at(1),
    pausedReason: null,
    consecutiveFailures: 0,
    warning: null,
    intervalMinutes: 120,
    newCredentials: false,
    job: null,
    ...over,
  };
}

const finished = storedJob({ status: 'completed', phase: 'completed', bookingsSynced: 137, completedAt: at(1) });

describe('new credentials', () => {
  const due = { newCredentials: true, nextSyncAt: at(2) };

  it('are as good as a request before the workflow has heard of them', () => {
    const refused = syncStatus({ state: 'paused', pausedReason: 'invalid_credentials', nextSyncAt: null });
    for (const queried of [syncStatus({ state: 'not_connected' }), syncStatus({ state: 'sleeping' }), refused, null])
      expect(composeStatus(queried, stored(due))).toMatchObject({ state: 'pending', pausedReason: null });
  });

  it('wait visibly while Temporal is away', () => {
    expect(composeStatus('unavailable', stored(due))).toMatchObject({ state: 'pending', live: false });
  });

  it('change nothing once their sync is under way', () => {
    const queried = syncStatus({ state: 'running', job: jobSnapshot({ id: 'job-a' }) });
    const view = composeStatus(queried, stored({ ...due, job: storedJob() }));
    expect(view).toMatchObject({ state: 'running', job: { id: 'job-a' } });
  });
});

describe('the reason of another attempt', () => {
  const retry = {
    reason: 'portal_unavailable',
    httpStatus: 503,
    missing: null,
    attempt: 2,
    of: 3,
    nextTryAt: at(3).toISOString(),
  } as const;

  it('is told while the sync runs, and not of one that has ended', () => {
    const queried = syncStatus({ state: 'running', job: jobSnapshot({ id: 'job-a' }) });
    const composed = (job: StoredJob) => composeStatus(queried, stored({ job })).job;
    expect(composed(storedJob({ retry }))).toMatchObject({ retry });
    expect(composed({ ...finished, retry })).not.toHaveProperty('retry');
  });
});

describe('a job that is final in PostgreSQL', () => {
  it('is final though the query still says running, and its schedule comes from the same transaction', () => {
    const queried = syncStatus({
      state: 'running',
      job: jobSnapshot({ id: 'job-a' }),
      nextSyncAt: null,
      lastSyncAt: null,
    });
    const view = composeStatus(queried, stored({ job: finished }));
    expect(view).toMatchObject({
      job: { id: 'job-a', status: 'completed', progress: 'Successfully synced 137 bookings', bookingsSynced: 137 },
      state: 'sleeping',
      lastSyncAt: at(1).toISOString(),
      nextSyncAt: at(50).toISOString(),
      live: true,
    });
  });

  it('comes with the schedule of a query that knows of its end: a pause after it shows', () => {
    const job = jobSnapshot({ id: 'job-a', status: 'completed', phase: 'completed' });
    const queried = syncStatus({ state: 'paused', pausedReason: 'user', job, nextSyncAt: null });
    const view = composeStatus(queried, stored({ job: finished }));
    expect(view).toMatchObject({
      state: 'paused',
      pausedReason: 'user',
      nextSyncAt: null,
      job: { status: 'completed' },
    });
  });

  it('says why it paused syncing, though the query still says running', () => {
    const failed = storedJob({
      status: 'failed',
      phase: 'failed',
      errorCode: 'invalid_credentials',
      completedAt: at(1),
    });
    const queried = syncStatus({ state: 'running', job: jobSnapshot({ id: 'job-a' }) });
    const view = composeStatus(queried, stored({ job: failed, pausedReason: 'invalid_credentials', nextSyncAt: null }));
    expect(view).toMatchObject({ state: 'paused', pausedReason: 'invalid_credentials', nextSyncAt: null });
    expect(view.job!.errorMessage).toBe(
      'Gibney did not accept this username and password. Update your Gibney sign-in, and we sync at once.',
    );
    expect(view.job!.progress).toBe(view.job!.errorMessage);
  });

  it('gives way to a newer pending one that PostgreSQL does not know yet', () => {
    const job = jobSnapshot({ id: 'job-b', status: 'pending', phase: 'initializing', startedAt: null });
    const view = composeStatus(syncStatus({ state: 'pending', job }), stored({ job: finished }));
    expect(view).toMatchObject({ state: 'pending', job: { id: 'job-b', status: 'pending' }, live: true });
  });

  it('refers to itself where the failure is internal', () => {
    const failed = storedJob({ status: 'failed', phase: 'failed', errorCode: 'internal', completedAt: at(1) });
    const view = composeStatus(
      syncStatus({ job: jobSnapshot({ id: 'job-a', status: 'failed' }) }),
      stored({ job: failed }),
    );
    expect(view.job!.errorMessage).toMatch(/Reference: job-a$/);
  });
});

describe('a job that is not final in PostgreSQL', () => {
  it('shows the progress of PostgreSQL, and that it has begun as soon as the workflow knows', () => {
    const job = jobSnapshot({ id: 'job-a', phase: 'initializing', done: 0, progress: 'Initializing sync...' });
    const queried = syncStatus({ state: 'running', job });
    const running = composeStatus(queried, stored({ job: storedJob({ phase: 'reading', done: 100, total: null }) }));
    const progress = 'Reading rentals... (100 so far)';
    expect(running).toMatchObject({ state: 'running', job: { status: 'running', done: 100, progress } });
    const begun = composeStatus(queried, stored({ job: storedJob({ status: 'pending', startedAt: null }) }));
    expect(begun).toMatchObject({ state: 'running', job: { status: 'running', progress: job.progress } });
  });

  it('is not called final because the query calls it so: its end is not stored yet', () => {
    const job = jobSnapshot({ id: 'job-a', status: 'completed', phase: 'completed', completedAt: at(1).toISOString() });
    const view = composeStatus(syncStatus({ job }), stored({ job: storedJob() }));
    expect(view).toMatchObject({ state: 'running', job: { status: 'running', completedAt: null } });
  });

  it('is newer than the one that a late answer of the query speaks of', () => {
    const job = jobSnapshot({ id: 'job-a', status: 'running' });
    const view = composeStatus(syncStatus({ state: 'running', job }), stored({ job: storedJob({ id: 'job-b' }) }));
    expect(view).toMatchObject({ state: 'running', job: { id: 'job-b' } });
  });

  it('is shown where it is the first one and PostgreSQL knows none', () => {
    const job = jobSnapshot({ id: 'job-a', status: 'pending' });
    expect(composeStatus(syncStatus({ state: 'pending', job }), stored()).job).toMatchObject({
      id: 'job-a',
      status: 'pending',
    });
  });
});

describe('without an answer of Temporal', () => {
  it('the last state of PostgreSQL is shown, marked as not live', () => {
    const view = composeStatus('unavailable', stored({ job: storedJob({ done: 20 }) }));
    expect(view).toMatchObject({ live: false, state: 'running', job: { progress: 'Reading rentals... (20 so far)' } });
  });

  it.each([
    [{ connected: false }, 'not_connected'],
    [{ pausedReason: 'user' as const }, 'paused'],
    [{}, 'sleeping'],
    [{ job: storedJob({ status: 'pending' }) }, 'pending'],
  ])('the state of %j is %s', (over, state) => {
    expect(composeStatus('unavailable', stored(over))).toMatchObject({ state, live: false });
  });
});

describe('without a workflow', () => {
  it('what PostgreSQL holds is the truth', () => {
    expect(composeStatus(null, stored({ connected: false }))).toMatchObject({
      state: 'not_connected',
      job: null,
      live: true,
    });
  });

  it('a job that is left over is not live', () => {
    expect(composeStatus(null, stored({ job: storedJob() }))).toMatchObject({ state: 'running', live: false });
  });
});

it('is under way while a job is pending or running, and at no other time', () => {
  const states = ['not_connected', 'sleeping', 'pending', 'running', 'paused'] as const;
  const underWay = states.filter((state) => isUnderWay(composeStatus(syncStatus({ state }), stored())));
  expect(underWay).toEqual(['pending', 'running']);
});
