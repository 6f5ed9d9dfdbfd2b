import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startHarness } from './harness.ts';
import type { Harness, World } from './harness.ts';
import { keepHistories } from './histories.ts';
import { firstSync } from './steps.ts';

let harness: Harness;

beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness.close());
keepHistories(() => harness);

const hourMs = 3_600_000;

const recordedAfter = async (world: World, change: () => Promise<void>) => {
  const before = world.recorded.length;
  await change();
  while (world.recorded.length === before) await world.status();
  return world.recorded.at(-1)!;
};

describe('settings that were saved', () => {
  it('reach the schedule in one step, and what comes of that is shown with its reason', async () => {
    const world = harness.newUser();
    await firstSync(world);
    const clock = (hours: number) => new Date(Date.now() + hours * hourMs).toISOString().slice(11, 16);
    world.quiet = { from: clock(1), to: clock(5), timeZone: 'UTC' };
    const saved = () => world.temporal.settingsChanged(world.userId);
    expect(await recordedAfter(world, saved)).toMatchObject({ settingsChanged: true, intervalMinutes: 120 });
    const status = await world.statusWhen(({ scheduleReason }) => scheduleReason === 'quiet_hours');
    expect(Date.parse(status.nextSyncAt!)).toBeGreaterThan(Date.now() + 4.5 * hourMs);
    world.quiet = null;
    await saved();
    const usual = Date.parse(status.job!.completedAt!) + 2 * hourMs;
    await world.statusWhen(({ nextSyncAt }) => nextSyncAt === new Date(usual).toISOString());
    expect(world.attempts).toHaveLength(1);
  });

  it('bring one more sync to a workflow that sleeps for hours, and the next comes an interval after it', async () => {
    const world = harness.newUser();
    await firstSync(world);
    const againAt = Date.now() + 1_500;
    world.againAt = againAt;
    await world.temporal.settingsChanged(world.userId);
    await world.statusWhen(({ scheduleReason }) => scheduleReason === 'again');
    (await world.attempt(2)).succeed();
    const [, again] = await world.closedJobs(2);
    expect(again).toMatchObject({ triggeredManually: false, status: 'completed' });
    expect(again!.completedAt).toBeGreaterThanOrEqual(againAt);
    const status = await world.statusWhen(({ job, state }) => state === 'sleeping' && job?.id === again!.jobId);
    expect(status).toMatchObject({ scheduleReason: 'interval' });
    expect(world).toMatchObject({ againAt: null });
  });

  it('start a sync that they make overdue', async () => {
    const world = harness.newUser();
    await firstSync(world);
    world.settings.intervalMinutes = 0.001;
    await world.temporal.settingsChanged(world.userId);
    (await world.attempt(2)).succeed();
    expect((await world.closedJobs(2))[1]).toMatchObject({ triggeredManually: false });
    world.settings.intervalMinutes = 120;
    await world.temporal.settingsChanged(world.userId);
  });
});

describe('a resume', () => {
  it('starts what fell due meanwhile, also in quiet hours', async () => {
    const world = harness.newUser();
    world.remembered = { lastRevision: 1, lastSyncAt: 1, nextSyncAt: Date.now() - hourMs, pausedReason: 'user' };
    world.quiet = { from: '00:00', to: '23:59', timeZone: 'UTC' };
    await world.temporal.settingsChanged(world.userId);
    await world.statusWhen(({ state }) => state === 'paused');
    await world.temporal.resume(world.userId);
    (await world.attempt(1)).succeed();
    expect((await world.closedJobs(1))[0]).toMatchObject({ triggeredManually: false, pausedReason: null });
    await world.statusWhen(({ scheduleReason }) => scheduleReason === 'quiet_hours');
  });

  it('and a pause after it are told as they came', async () => {
    const world = harness.newUser();
    await world.temporal.settingsChanged(world.userId);
    const attempt = await world.attempt(1);
    await world.temporal.pause(world.userId);
    await world.temporal.resume(world.userId);
    await world.temporal.pause(world.userId);
    await world.statusWhen(({ pausedReason }) => pausedReason === 'user');
    attempt.succeed();
    const [job] = await world.closedJobs(1);
    expect(job).toMatchObject({ resumed: true, paused: true, pausedReason: 'user' });
    const { nextSyncAt, scheduleReason } = await world.statusWhen(({ state }) => state === 'paused');
    expect([nextSyncAt, scheduleReason]).toEqual([null, null]);
    const times = [...world.opened, ...world.closed, ...world.recorded].map(({ now }) => now!);
    expect(new Set(times).size).toBe(times.length);
  });
});

describe('while a sync runs', () => {
  it('a cancel is not undone by settings that are saved after it', async () => {
    const world = harness.newUser();
    await world.temporal.settingsChanged(world.userId);
    await world.attempt(1);
    await world.temporal.cancelSync(world.userId);
    await world.closedJobs(1);
    await world.statusWhen(({ state }) => state === 'sleeping');
    const recorded = await recordedAfter(world, () => world.temporal.settingsChanged(world.userId));
    expect(recorded.nextSyncAt).toBeGreaterThan(Date.now() + hourMs);
    expect(world.attempts).toHaveLength(1);
  });
});
