import type { SyncJobSnapshot } from '#domain/sync.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startHarness } from './harness.ts';
import type { Harness, World } from './harness.ts';
import { keepHistories } from './histories.ts';

let harness: Harness;

beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness.close());
keepHistories(() => harness);

const hourMs = 3_600_000;

const lastJob = (endedAgoMs: number, values: Partial<SyncJobSnapshot> = {}): SyncJobSnapshot => ({
  id: 'last',
  status: 'completed',
  phase: 'completed',
  progress: '',
  done: 1,
  total: 1,
  bookingsSynced: 1,
  startedAt: null,
  completedAt: new Date(Date.now() - endedAgoMs).toISOString(),
  triggeredManually: false,
  errorCode: null,
  partial: false,
  ...values,
});

/** A user whose next sync is in six hours, though the interval is two. */
async function putOff(remembered: Partial<World['remembered']>): Promise<World> {
  const world = harness.newUser();
  const now = Date.now();
  world.remembered = {
    lastRevision: 1,
    nextSyncAt: now + 6 * hourMs,
    lastSyncAt: now,
    pausedReason: null,
    ...remembered,
  };
  await world.temporal.pause(world.userId);
  await world.statusWhen(({ state }) => state === 'paused');
  await world.temporal.resume(world.userId);
  await world.statusWhen(({ state }) => state === 'sleeping');
  return world;
}

const nextOf = async (world: World) => Date.parse((await world.status()).nextSyncAt!);

/** Sends the signal, and waits until the schedule was recorded because of it. */
async function saveSettings(world: World): Promise<void> {
  while (world.recorded.at(-1)?.pausedReason !== null) await world.status();
  const before = world.recorded.length;
  await world.temporal.settingsChanged(world.userId);
  while (world.recorded.length === before) await world.status();
}

describe('settings that were saved while the next sync was put off', () => {
  it('bring it to its usual time', async () => {
    const job = lastJob(hourMs);
    const world = await putOff({ lastJob: job });
    await saveSettings(world);
    const usual = Date.parse(job.completedAt!) + 2 * hourMs;
    expect(world.recorded.at(-1)).toMatchObject({ nextSyncAt: usual });
    await world.statusWhen(({ nextSyncAt }) => nextSyncAt === new Date(usual).toISOString());
  });

  it('start it where that is past', async () => {
    const world = await putOff({ lastJob: lastJob(3 * hourMs) });
    await world.temporal.settingsChanged(world.userId);
    (await world.attempt(1)).succeed();
    expect(await world.closedJobs(1)).toMatchObject([{ triggeredManually: false }]);
  });

  it('leave it where the quiet hours of now put it', async () => {
    const world = await putOff({ lastJob: lastJob(hourMs) });
    const awake = Date.now() + 4 * hourMs;
    world.record = () => ({ nextSyncAt: awake });
    await saveSettings(world);
    await world.statusWhen(({ nextSyncAt }) => nextSyncAt === new Date(awake).toISOString());
  });

  it('leave a back-off as it is', async () => {
    const failed = lastJob(0, { status: 'failed', errorCode: 'portal_unavailable' });
    const world = await putOff({ lastJob: failed });
    // A resume counts failures anew, so the back-off is made afterwards.
    await world.temporal.stop(world.userId);
    await harness.temporal.client.workflow.getHandle(`sync:${world.userId}`).result();
    Object.assign(world.remembered, { consecutiveFailures: 3, failingSince: Date.now() });
    await world.temporal.settingsChanged(world.userId);
    await world.statusWhen(({ consecutiveFailures }) => consecutiveFailures === 3);
    await saveSettings(world);
    expect(await nextOf(world)).toBe(world.remembered.nextSyncAt);
  });
});

describe('while a sync runs', () => {
  it('the interval is told that the next one was reckoned with, for a newer one to decide', async () => {
    const world = harness.newUser();
    await world.temporal.settingsChanged(world.userId);
    const attempt = await world.attempt(1);
    world.settings.intervalMinutes = 60;
    await world.temporal.settingsChanged(world.userId);
    attempt.succeed();
    expect(await world.closedJobs(1)).toMatchObject([{ intervalMinutes: 120 }]);
  });

  it('a cancel is not undone by settings that are saved after it', async () => {
    const world = harness.newUser();
    await world.temporal.settingsChanged(world.userId);
    await world.attempt(1);
    await world.temporal.cancelSync(world.userId);
    await world.closedJobs(1);
    await world.statusWhen(({ state }) => state === 'sleeping');
    const before = world.recorded.length;
    await world.temporal.settingsChanged(world.userId);
    while (world.recorded.length === before) await world.status();
    expect(world.recorded.at(-1)!.nextSyncAt).toBeGreaterThan(Date.now() + hourMs);
    expect(world.attempts).toHaveLength(1);
  });
});
