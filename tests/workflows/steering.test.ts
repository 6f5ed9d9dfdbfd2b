import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startHarness } from './harness.ts';
import type { Harness } from './harness.ts';
import { keepHistories } from './histories.ts';
import { firstSync, handleOf } from './steps.ts';

let harness: Harness;

beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness.close());
keepHistories(() => harness);

describe('the user and the operator', () => {
  it('cancels a running sync and keeps the schedule', async () => {
    const world = harness.newUser();
    await world.temporal.settingsChanged(world.userId);
    const attempt = await world.attempt(1);
    await world.temporal.cancelSync(world.userId);
    await attempt.cancelled;
    const [job] = await world.closedJobs(1);
    expect(job).toMatchObject({ status: 'failed', errorCode: 'cancelled', consecutiveFailures: 0, pausedReason: null });
    expect(await world.statusWhen(({ state }) => state === 'sleeping')).toMatchObject({
      job: { errorCode: 'cancelled' },
    });
  });

  it('closes a request that was cancelled before its run', async () => {
    const world = harness.newUser();
    await world.temporal.settingsChanged(world.userId);
    const closing = world.hold();
    (await world.attempt(1)).succeed();
    await closing.reached;
    const { jobId } = await world.temporal.requestSync(world.userId);
    await world.temporal.cancelSync(world.userId, jobId);
    closing.release();
    const [, job] = await world.closedJobs(2);
    expect(job).toMatchObject({ jobId, errorCode: 'cancelled' });
    expect(world.attempts).toHaveLength(1);
  });

  it('pauses until resume, and tells the database both', async () => {
    const world = harness.newUser();
    await firstSync(world);
    await world.temporal.pause(world.userId);
    expect(await world.statusWhen(({ state }) => state === 'paused')).toMatchObject({
      pausedReason: 'user',
      nextSyncAt: null,
    });
    await expect(world.temporal.requestSync(world.userId)).rejects.toMatchObject({ code: 'paused' });
    await world.temporal.resume(world.userId);
    const status = await world.statusWhen(({ state }) => state === 'sleeping');
    expect(status.nextSyncAt).not.toBeNull();
    await world.statusWhen(() => world.recorded.at(-1)?.pausedReason === null);
    expect(world.recorded.slice(-2).map(({ pausedReason }) => pausedReason)).toEqual(['user', null]);
  });

  it('knows a pause by an operator from the user’s own, also in the next run', async () => {
    const world = harness.newUser();
    await world.temporal.settingsChanged(world.userId);
    const attempt = await world.attempt(1);
    await world.temporal.pause(world.userId, { by: 'operator' });
    attempt.succeed();
    const byOperator = { state: 'paused', pausedReason: 'user', pausedBy: 'operator' };
    expect(await world.statusWhen(({ state }) => state === 'paused')).toMatchObject(byOperator);
    expect((await world.closedJobs(1))[0]).toMatchObject({ pausedBy: 'operator' });
    await world.temporal.pause(world.userId);
    await world.statusWhen(() => world.recorded.at(-1)?.paused === true);
    expect(await world.statusWhen(({ state }) => state === 'paused')).toMatchObject(byOperator);
    await world.temporal.resume(world.userId);
    const resumed = await world.statusWhen(({ state }) => state !== 'paused');
    expect(resumed.pausedBy).toBeUndefined();
    await handleOf(world).signal('pause', { by: 'somebody' });
    expect((await world.statusWhen(({ state }) => state === 'paused')).pausedBy).toBeUndefined();
  });

  it('pauses until a time, and goes on then by itself', async () => {
    const world = harness.newUser();
    await firstSync(world);
    const far = new Date(Date.now() + 3_600_000);
    await world.temporal.pause(world.userId, { until: far });
    const shown = await world.statusWhen(({ state }) => state === 'paused');
    expect(shown).toMatchObject({ pausedReason: 'user', pausedUntil: far.toISOString(), nextSyncAt: null });
    await expect(world.temporal.requestSync(world.userId)).rejects.toMatchObject({ code: 'paused' });
    await world.temporal.pause(world.userId, { until: new Date(Date.now() + 1_000) });
    const status = await world.statusWhen(({ state }) => state === 'sleeping');
    expect(status).toMatchObject({ pausedReason: null, pausedUntil: null, nextSyncAt: expect.any(String) as string });
    await world.statusWhen(() => world.recorded.at(-1)?.pauseEnded === true);
    expect(world.recorded.at(-1)).toMatchObject({ pausedReason: null });
    expect(world.attempts).toHaveLength(1);
  });

  it('goes on with a pause until a time in a new run, and is owed what fell due in it', async () => {
    const world = harness.newUser();
    await firstSync(world);
    await world.temporal.requestSync(world.userId);
    const attempt = await world.attempt(2);
    const due = Date.now() + 1_500;
    await world.temporal.pause(world.userId, { until: new Date(due) });
    const { settings } = world;
    world.settings = { ...settings, intervalMinutes: 0.001 };
    attempt.succeed();
    const owed = await world.attempt(3);
    world.settings = settings;
    owed.succeed();
    const [, , job] = await world.closedJobs(3);
    expect(job).toMatchObject({ triggeredManually: false });
    expect(job!.completedAt).toBeGreaterThanOrEqual(due);
  });

  it('lets a running sync end when it is paused meanwhile', async () => {
    const world = harness.newUser();
    await world.temporal.settingsChanged(world.userId);
    const attempt = await world.attempt(1);
    await world.temporal.pause(world.userId);
    attempt.succeed();
    const [job] = await world.closedJobs(1);
    expect(job).toMatchObject({ status: 'completed', pausedReason: 'user' });
    expect(await world.statusWhen(({ state }) => state === 'paused')).toMatchObject({ pausedReason: 'user' });
  });

  it('waits when the credentials are deleted, and syncs when they are back', async () => {
    const world = harness.newUser();
    await firstSync(world);
    world.settings = { ...world.settings, connected: false, revision: 2 };
    await world.temporal.settingsChanged(world.userId);
    expect(await world.statusWhen(({ state }) => state === 'not_connected')).toMatchObject({ nextSyncAt: null });
    world.settings = { ...world.settings, connected: true, revision: 3 };
    await world.temporal.settingsChanged(world.userId);
    (await world.attempt(2)).succeed();
    await world.closedJobs(2);
  });

  it('ends for good when it is told to, stopping a running sync', async () => {
    const world = harness.newUser();
    await world.temporal.settingsChanged(world.userId);
    const attempt = await world.attempt(1);
    await world.temporal.stop(world.userId);
    await attempt.cancelled;
    await handleOf(world).result();
    expect((await handleOf(world).describe()).status.name).toBe('COMPLETED');
  });

  it('closes its job as interrupted when an operator cancels the workflow', async () => {
    const world = harness.newUser();
    await world.temporal.settingsChanged(world.userId);
    const attempt = await world.attempt(1);
    await handleOf(world).cancel();
    await attempt.cancelled;
    const [job] = await world.closedJobs(1);
    expect(job).toMatchObject({ status: 'failed', errorCode: 'interrupted' });
    await expect(handleOf(world).result()).rejects.toThrow();
    expect((await handleOf(world).describe()).status.name).toBe('CANCELLED');
  });

  it('shows operators who it is for, what it does and how it went', async () => {
    const world = harness.newUser({ consoleUrl: 'https://console.example' });
    await world.temporal.settingsChanged(world.userId);
    const attempt = await world.attempt(1);
    expect(await (await handleOf(world).describe()).staticSummary()).toContain(world.userId);
    attempt.fail('portal_changed');
    await world.closedJobs(1);
    await world.statusWhen(({ state }) => state === 'sleeping');
    const description = await handleOf(world).describe();
    const attributes = description.typedSearchAttributes.getAll();
    const byName = Object.fromEntries(attributes.map(({ key, value }) => [key.name, value]));
    expect(byName).toMatchObject({ SyncStatus: 'sleeping', SyncErrorCode: 'portal_changed', SyncFailures: 1 });
    expect(byName.NextSyncAt).toBeInstanceOf(Date);
    const metadata = await handleOf(world).query<{ currentDetails?: string }>('__temporal_workflow_metadata');
    expect(metadata.currentDetails).toContain('failed as portal_changed');
    expect(metadata.currentDetails).toContain(
      `[${world.userId}](https://console.example/operate/users/${world.userId})`,
    );
  });
});
