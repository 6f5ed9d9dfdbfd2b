import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { SyncRefusedError } from '#temporal/client.ts';
import { startHarness } from './harness.ts';
import type { Harness, World } from './harness.ts';
import { keepHistories } from './histories.ts';
import { handleOf } from './steps.ts';

let harness: Harness;

beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness.close());
keepHistories(() => harness);

const [minuteMs, dayMs] = [60_000, 86_400_000];

/** A user whose last sync went well, and whose next one is due now. */
function dueUser(): World {
  const world = harness.newUser();
  const now = Date.now();
  world.remembered = { lastRevision: 1, nextSyncAt: now - 1, lastSyncAt: now - 120 * minuteMs, pausedReason: null };
  return world;
}

const details = async (world: World) =>
  (await handleOf(world).query<{ currentDetails: string }>('__temporal_workflow_metadata')).currentDetails;

describe('while the portal’s circuit is open', () => {
  it('a scheduled sync waits about ten minutes without a job, and says so', async () => {
    const world = dueUser();
    world.held = true;
    const before = Date.now();
    await world.temporal.settingsChanged(world.userId);
    const status = await world.statusWhen(({ scheduleReason }) => scheduleReason === 'circuit_open');
    expect(status).toMatchObject({ state: 'sleeping', job: null, consecutiveFailures: 0, portalHeld: true });
    const waitMs = Date.parse(status.nextSyncAt!) - before;
    expect(waitMs).toBeGreaterThanOrEqual(8 * minuteMs);
    expect(waitMs).toBeLessThanOrEqual(12 * minuteMs + (Date.now() - before));
    expect(await details(world)).toContain('put off because the portal is down');
    expect(world.attempts).toHaveLength(0);
    expect(world.closed).toHaveLength(0);
  });

  it('a manual sync goes through, and after it the schedule is the usual one', async () => {
    const world = dueUser();
    world.held = true;
    await world.temporal.settingsChanged(world.userId);
    await world.statusWhen(({ scheduleReason }) => scheduleReason === 'circuit_open');
    const { jobId } = await world.temporal.requestSync(world.userId);
    const attempt = await world.attempt(1);
    expect(attempt.input.jobId).toBe(jobId);
    expect(world.opened.at(-1)).toMatchObject({ jobId, triggeredManually: true, deferrable: false });
    attempt.succeed();
    const [job] = await world.closedJobs(1);
    const status = await world.statusWhen(({ state, lastSyncAt }) => state === 'sleeping' && lastSyncAt !== null);
    expect(status).toMatchObject({ portalHeld: false, scheduleReason: 'interval' });
    expect(Date.parse(status.nextSyncAt!) - job!.completedAt).toBeGreaterThan(100 * minuteMs);
  });

  it('a request that joined a scheduled sync as it was being opened is not held back with it', async () => {
    const world = dueUser();
    world.held = true;
    let letOpen = () => {};
    world.holdOpen = new Promise<void>((resolve) => (letOpen = resolve));
    await world.temporal.settingsChanged(world.userId);
    const [scheduled] = await world.openedJobs(1);
    const answer = await world.temporal.requestSync(world.userId);
    expect(answer).toMatchObject({ jobId: scheduled!.jobId, joined: true });
    letOpen();
    const attempt = await world.attempt(1);
    expect(attempt.input.jobId).toBe(answer.jobId);
    attempt.succeed();
    expect(await world.closedJobs(1)).toMatchObject([{ jobId: answer.jobId, status: 'completed' }]);
  });
});

describe('long failure', () => {
  /** One that failed so often since so many days ago, and whose next sync is due. */
  function failingUser(failures: number, days: number): World {
    const world = dueUser();
    const failingSince = Date.now() - days * dayMs;
    Object.assign(world.remembered, { consecutiveFailures: failures, failingSince, lastSyncAt: failingSince });
    return world;
  }

  async function failOnce(world: World, kind: Parameters<Awaited<ReturnType<World['attempt']>>['fail']>[0]) {
    await world.temporal.settingsChanged(world.userId);
    (await world.attempt(1)).fail(kind);
    return (await world.closedJobs(1))[0]!;
  }

  it('warns first, and a success takes the warning back', async () => {
    const world = failingUser(19, 4);
    world.mailFailures = 2;
    expect(await failOnce(world, 'portal_changed')).toMatchObject({ warning: 'pausing_soon', pausedReason: null });
    expect(await world.toldNotices(1)).toEqual(['pausing_soon']);
    expect(await world.statusWhen(({ state }) => state === 'sleeping')).toMatchObject({ warning: 'pausing_soon' });
    await world.temporal.requestSync(world.userId);
    (await world.attempt(2)).succeed();
    await world.closedJobs(2);
    const status = await world.statusWhen(({ lastSyncAt, state }) => state === 'sleeping' && lastSyncAt !== null);
    expect(status).toMatchObject({ warning: null, consecutiveFailures: 0 });
    expect(world.told).toHaveLength(1);
  });

  it('pauses in the end, refuses requests, and starts again from zero with a resume', async () => {
    const world = failingUser(29, 7);
    const job = await failOnce(world, 'portal_changed');
    expect(job).toMatchObject({ pausedReason: 'repeated_failure', nextSyncAt: null, consecutiveFailures: 30 });
    expect(await world.toldNotices(1)).toEqual(['repeated_failure']);
    const paused = await world.statusWhen(({ state }) => state === 'paused');
    expect(paused).toMatchObject({ pausedReason: 'repeated_failure', warning: null, nextSyncAt: null });
    await expect(world.temporal.requestSync(world.userId)).rejects.toEqual(new SyncRefusedError('paused'));

    await world.temporal.resume(world.userId);
    (await world.attempt(2)).fail('portal_changed');
    const [, next] = await world.closedJobs(2);
    expect(next).toMatchObject({ pausedReason: null, consecutiveFailures: 1, warning: null });
    expect(world.recorded.at(-1)).toMatchObject({ resumed: true, pausedReason: null, consecutiveFailures: 0 });
  });

  it('is never the reason where the user has to act', async () => {
    const job = await failOnce(failingUser(29, 7), 'invalid_credentials');
    expect(job).toMatchObject({ pausedReason: 'invalid_credentials' });
  });
});

describe('a message of long failure', () => {
  /** Syncs have failed for four days, and the mail server takes nothing. */
  async function warnedInVain() {
    const world = dueUser();
    const failingSince = Date.now() - 4 * dayMs;
    Object.assign(world.remembered, { consecutiveFailures: 19, failingSince, lastSyncAt: failingSince });
    world.mailFailures = Infinity;
    await world.temporal.settingsChanged(world.userId);
    (await world.attempt(1)).fail('portal_changed');
    await world.closedJobs(1);
    await world.statusWhen(({ state }) => state === 'sleeping');
    return world;
  }

  it('goes on in the next run where this one ended before the mail server took it', async () => {
    const world = await warnedInVain();
    await world.temporal.requestSync(world.userId);
    const second = await world.attempt(2);
    world.mailFailures = 0;
    second.fail('portal_changed');
    await world.closedJobs(2);
    expect(await world.toldNotices(1)).toEqual(['pausing_soon']);
  });

  it('is not lost where it takes the place of one that is being sent', async () => {
    const world = await warnedInVain();
    const weekAgo = Date.now() - 7 * dayMs;
    Object.assign(world.remembered, { consecutiveFailures: 29, failingSince: weekAgo, lastSyncAt: weekAgo });
    await world.temporal.requestSync(world.userId);
    (await world.attempt(2)).fail('portal_changed');
    expect((await world.closedJobs(2))[1]).toMatchObject({ pausedReason: 'repeated_failure' });
    world.mailFailures = 0;
    while (!world.told.includes('repeated_failure')) await world.toldNotices(world.told.length + 1);
  });

  it('does not hide a sync that is overdue from the reconciler', async () => {
    const world = await warnedInVain();
    const pending = async () => (await handleOf(world).describe()).raw.pendingActivities ?? [];
    const isTelling = async () => (await pending()).some(({ activityType }) => activityType!.name === 'tellUser');
    await vi.waitUntil(isTelling, { timeout: 10_000 });
    await vi.waitUntil(async () => (await world.temporal.readRun(world.userId)).is === 'asleep', { timeout: 10_000 });
    expect(await isTelling()).toBe(true);
    world.mailFailures = 0;
    await world.toldNotices(1);
  });

  it('is not sent any more where the user has looked after it', async () => {
    const world = dueUser();
    const failingSince = Date.now() - 7 * dayMs;
    Object.assign(world.remembered, { consecutiveFailures: 29, failingSince, lastSyncAt: failingSince });
    await world.temporal.settingsChanged(world.userId);
    const attempt = await world.attempt(1);
    const closing = world.hold();
    attempt.fail('portal_changed');
    await closing.reached;
    world.mailFailures = Infinity;
    closing.release();
    await world.statusWhen(({ state }) => state === 'paused');
    await world.temporal.resume(world.userId);
    (await world.attempt(2)).succeed();
    await world.closedJobs(2);
    world.mailFailures = 0;
    await world.statusWhen(({ lastSyncAt, state }) => state === 'sleeping' && lastSyncAt !== null);
    expect(world.told).toEqual([]);
  });
});

describe('after a suspend of hours', () => {
  it('a sync that was due long ago runs once, and the next one is an interval after its end', async () => {
    const world = dueUser();
    world.remembered.nextSyncAt = Date.now() - 5 * 60 * minuteMs;
    await world.temporal.settingsChanged(world.userId);
    (await world.attempt(1)).succeed();
    const [job] = await world.closedJobs(1);
    const status = await world.statusWhen(({ state }) => state === 'sleeping');
    const waitMs = Date.parse(status.nextSyncAt!) - job!.completedAt;
    expect(Math.abs(waitMs - 120 * minuteMs)).toBeLessThanOrEqual(120 * minuteMs * 0.1);
    expect(world.opened).toHaveLength(1);
    expect(world.attempts).toHaveLength(1);
  });

  it('the schedule comes from the server’s clock alone, whatever the worker’s says', async () => {
    const world = dueUser();
    await world.temporal.settingsChanged(world.userId);
    const runId = await world.currentRunId();
    (await world.attempt(1)).succeed();
    const [job] = await world.closedJobs(1);
    // To the millisecond the time that the server wrote to one of the events.
    const events = (await world.history(runId)).events ?? [];
    const times = events.map(
      ({ eventTime }) => Number(eventTime!.seconds) * 1_000 + Math.floor(eventTime!.nanos! / 1e6),
    );
    expect(times).toContain(job!.completedAt);
  });
});
