import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as messages from '#workflows/messages.ts';
import { userSyncId } from '#workflows/names.ts';
import { billableActions } from './actions.ts';
import { startHarness } from './harness.ts';
import type { Harness, World } from './harness.ts';
import { keepHistories } from './histories.ts';
import { firstSync, handleOf, signal } from './steps.ts';

let harness: Harness;

beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness.close());
keepHistories(() => harness);

/** Connects a user and syncs once. Returns the run that sleeps then, once it is older than the second that a shorter one costs. */
async function settled(world: World): Promise<string> {
  await world.temporal.settingsChanged(world.userId);
  const attempt = await world.attempt(1);
  const first = await world.currentRunId();
  attempt.succeed();
  await world.closedJobs(1);
  for (;;) {
    const { runId, startTime } = await handleOf(world).describe();
    if (runId !== first && Date.now() - startTime.getTime() > 1_100) return runId;
  }
}

/** The actions of this run, once it has ended. */
async function actionsOf(world: World, runId: string): Promise<string[]> {
  while ((await world.currentRunId()) === runId) await world.status();
  return billableActions(await world.history(runId));
}

async function attributesOf(world: World, runId?: string) {
  const { typedSearchAttributes } = await world.temporal.client.workflow
    .getHandle(userSyncId(world.userId), runId)
    .describe();
  return Object.fromEntries(typedSearchAttributes.getAll().map(({ key, value }) => [key.name, value]));
}

describe('a warm sync', () => {
  // With a heartbeat every five seconds: at most 8 + d/5 for a sync of d seconds.
  it('that was due costs seven actions', async () => {
    const world = harness.newUser({ intervalMinutes: 0.03 });
    await firstSync(world);
    const attempt = await world.attempt(2);
    const runId = await world.currentRunId();
    world.settings.intervalMinutes = 120;
    attempt.succeed();
    await world.closedJobs(2);
    const seven = ['start', 'timer', 'openSyncJob', 'scrapeRentals', 'signal', 'reconcileBookings', 'closeSyncJob'];
    expect((await actionsOf(world, runId)).sort()).toEqual(seven.sort());
  });

  it('that somebody asked for costs one more', async () => {
    const world = harness.newUser();
    const runId = await settled(world);
    await world.temporal.requestSync(world.userId);
    (await world.attempt(2)).succeed();
    await world.closedJobs(2);
    expect(await actionsOf(world, runId)).toHaveLength(8);
  });
});

describe('a sync that is held back', () => {
  it('costs three actions, is never called running, and is found by its next time', async () => {
    const world = harness.newUser({ intervalMinutes: 0.03 });
    world.held = true;
    await firstSync(world);
    await world.openedJobs(2);
    const runId = await world.currentRunId();
    expect(await actionsOf(world, runId)).toEqual(['start', 'timer', 'openSyncJob']);
    const { nextSyncAt } = await world.statusWhen(({ scheduleReason }) => scheduleReason === 'circuit_open');
    const found = await attributesOf(world);
    expect(found).toMatchObject({ SyncStatus: 'sleeping', NextSyncAt: new Date(nextSyncAt!) });
    expect(found.SyncErrorCode).toBeUndefined();
  });
});

describe('a paused user', () => {
  it('costs nothing', async () => {
    const world = harness.newUser();
    await settled(world);
    await world.temporal.pause(world.userId);
    const actions = async () => billableActions(await world.history());
    while ((await actions()).at(-1) !== 'attributes');
    const before = await actions();
    // Wakes it, and changes nothing.
    await signal(world, messages.cancelSync);
    await world.status();
    expect(await actions()).toEqual([...before, 'signal']);
    const { events } = await world.history();
    const started = events!.filter((event) => event.timerStartedEventAttributes);
    const over = events!.filter((event) => event.timerCanceledEventAttributes ?? event.timerFiredEventAttributes);
    expect(started).toHaveLength(over.length);
  });
});

describe('a sync that ended otherwise than the one before', () => {
  it('says so in its own row, too', async () => {
    const world = harness.newUser();
    const runId = await settled(world);
    await world.temporal.requestSync(world.userId);
    (await world.attempt(2)).fail('portal_changed');
    await world.closedJobs(2);
    expect(await actionsOf(world, runId)).toContain('attributes');
    const found = await attributesOf(world, runId);
    expect(found).toMatchObject({ SyncErrorCode: 'portal_changed', SyncFailures: 1 });
  });
});
