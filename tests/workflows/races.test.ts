import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as messages from '#workflows/messages.ts';
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

describe('a request that follows a cancel', () => {
  it('gets a job of its own while the cancelled sync still stops', async () => {
    const world = harness.newUser();
    await world.temporal.settingsChanged(world.userId);
    const first = await world.attempt(1);
    await world.temporal.cancelSync(world.userId);
    const again = await world.temporal.requestSync(world.userId);
    expect(again.jobId).not.toBe(first.input.jobId);
    const second = await world.attempt(2);
    expect(second.input.jobId).toBe(again.jobId);
    second.succeed();
    expect(await world.closedJobs(2)).toMatchObject([{ errorCode: 'cancelled' }, { status: 'completed' }]);
    expect(world.mostRunning).toBe(1);
  });

  it('takes the cancel of a job back that has not begun', async () => {
    const world = harness.newUser();
    await world.temporal.settingsChanged(world.userId);
    const closing = world.hold();
    (await world.attempt(1)).succeed();
    await closing.reached;
    const { jobId } = await world.temporal.requestSync(world.userId);
    await world.temporal.cancelSync(world.userId, jobId);
    const again = await world.temporal.requestSync(world.userId);
    closing.release();
    const second = await world.attempt(2);
    expect(second.input.jobId).toBe(again.jobId);
    second.succeed();
    expect((await world.closedJobs(2))[1]).toMatchObject({ jobId: again.jobId, status: 'completed' });
  });
});

describe('a pause', () => {
  it('of somebody who disconnects ends with that', async () => {
    const world = harness.newUser();
    await firstSync(world);
    await world.temporal.pause(world.userId);
    await world.statusWhen(({ state }) => state === 'paused');
    world.settings = { ...world.settings, connected: false, revision: 2 };
    await world.temporal.settingsChanged(world.userId);
    await world.statusWhen(({ state }) => state === 'not_connected');
    world.settings = { ...world.settings, connected: true, revision: 3 };
    await world.temporal.settingsChanged(world.userId);
    (await world.attempt(2)).succeed();
    await world.closedJobs(2);
  });

  it('is found by operators, also where it came between two syncs', async () => {
    const world = harness.newUser();
    await firstSync(world);
    await world.temporal.pause(world.userId);
    await indexedAs(world, 'paused');
    expect((await attributesOf(world)).NextSyncAt).toBeUndefined();
    await world.temporal.resume(world.userId);
    await indexedAs(world, 'sleeping');
    expect((await attributesOf(world)).NextSyncAt).toBeInstanceOf(Date);
  });

  it('begins a fresh run where its history grows by messages that change nothing', { timeout: 60_000 }, async () => {
    const world = await pausedUser();
    const runId = await world.currentRunId();
    do {
      await Promise.all(Array.from({ length: 50 }, () => signal(world, messages.cancelSync)));
      // Answered once the workflow has seen them: no run can end while more are arriving.
      await world.status();
    } while ((await world.currentRunId()) === runId);
    expect(await world.status()).toMatchObject({ state: 'paused', pausedReason: 'user' });
  });
});

describe('a message without its payload, as from a console', () => {
  it('is taken for one without wishes, and breaks nothing', async () => {
    const world = harness.newUser();
    await firstSync(world);
    await signal(world, messages.syncNow, null);
    const attempt = await world.attempt(2);
    await signal(world, messages.reportProgress);
    await signal(world, messages.cancelSync, null);
    await attempt.cancelled;
    expect((await world.closedJobs(2))[1]).toMatchObject({ errorCode: 'cancelled' });
  });
});

describe('a message that makes no sense, as from a console', () => {
  const nonsense = [null, 7, 'x', [], {}, { jobId: 7 }, { options: 'x' }, { options: { dryRun: 'yes' } }];

  it('breaks nothing, whatever it says', async () => {
    const world = harness.newUser();
    await firstSync(world);
    const updated = (input: unknown) =>
      handleOf(world).executeUpdate<unknown, [unknown]>('requestSync', { args: [input] });
    const refused = [{ jobId: 'x' }, { jobId: 7 }, { options: 'x' }, { options: { dryRun: 'yes' } }, 'x', []];
    for (const input of [...refused, { options: { from: 'tomorrow' } }])
      await expect(updated(input), JSON.stringify(input)).rejects.toMatchObject({ cause: { type: 'invalid_request' } });
    for (const until of [1.79e18, -1.79e18, 'tomorrow', null, {}, true]) {
      await signal(world, messages.pause, { until });
      expect(await world.statusWhen(({ state }) => state === 'paused')).toMatchObject({ pausedUntil: null });
      await signal(world, messages.resume, { until });
      await world.statusWhen(({ state }) => state === 'sleeping');
    }
    for (const input of nonsense.slice(1).filter((one) => JSON.stringify(one) !== '{}'))
      await signal(world, messages.syncNow, input);
    for (const definition of [messages.cancelSync, messages.reportProgress, messages.settingsChanged])
      for (const input of nonsense) await signal(world, definition, input);
    expect(await handleOf(world).query(messages.syncStatus, ...(nonsense as []))).toMatchObject({ state: 'sleeping' });
    await world.temporal.requestSync(world.userId);
    const attempt = await world.attempt(2);
    const { jobId, attempt: number } = attempt.input;
    for (const report of [{ phase: 'x' }, { seq: 'x' }, { done: {} }, { total: 'x' }, { phase: null }])
      await signal(world, messages.reportProgress, {
        ...{ jobId, attempt: number, seq: 50, phase: 'reading', done: 1, total: 2 },
        ...report,
      });
    for (const input of [7, 'x', [], { jobId: 7 }]) await signal(world, messages.cancelSync, input);
    await attempt.report({ phase: 'processing', done: 2, total: 2 });
    await world.statusWhen(({ job }) => job?.phase === 'processing');
    attempt.succeed();
    expect((await world.closedJobs(2)).map(({ status }) => status)).toEqual(['completed', 'completed']);
    expect(world.attempts).toHaveLength(2);
  });
});

describe('a cancel in the first moments of a workflow', () => {
  it('waits for what it cancels, as a request does', async () => {
    const world = harness.newUser({ revision: 5 });
    world.remembered = { ...world.remembered, lastRevision: 5, nextSyncAt: Date.now() + 3_600_000 };
    const read = Promise.withResolvers<void>();
    world.holdRead = read.promise;
    await world.temporal.settingsChanged(world.userId);
    await signal(world, messages.syncNow);
    await world.temporal.cancelSync(world.userId);
    read.resolve();
    expect((await world.closedJobs(1))[0]).toMatchObject({ errorCode: 'cancelled' });
    expect(world.attempts).toHaveLength(0);
  });
});

describe('a request that is accepted before it is known that the account was disconnected', () => {
  it('has a job that ends', async () => {
    const world = harness.newUser();
    await firstSync(world);
    // The message that says so was lost.
    world.settings = { ...world.settings, connected: false, revision: 2 };
    const { jobId } = await world.temporal.requestSync(world.userId);
    expect((await world.closedJobs(2))[1]).toMatchObject({ jobId, status: 'failed', errorCode: 'cancelled' });
    await world.statusWhen(({ state }) => state === 'not_connected');
  });
});

describe('failures in a row', () => {
  it('count from zero with credentials that were saved while a sync ran', async () => {
    const world = harness.newUser();
    const failingSince = Date.now() - 86_400_000;
    world.remembered = { lastRevision: 1, nextSyncAt: 1, pausedReason: null, consecutiveFailures: 5, failingSince };
    await world.temporal.settingsChanged(world.userId);
    const first = await world.attempt(1);
    world.settings.revision = 2;
    await world.temporal.settingsChanged(world.userId);
    first.fail('portal_changed', { revision: 1 });
    (await world.attempt(2)).fail('portal_changed');
    expect(await world.closedJobs(2)).toMatchObject([{ consecutiveFailures: 0 }, { consecutiveFailures: 1 }]);
  });

  it('count from zero after a resume that came while the job was being closed', async () => {
    const world = harness.newUser();
    await world.temporal.settingsChanged(world.userId);
    const attempt = await world.attempt(1);
    await world.temporal.pause(world.userId);
    const closing = world.hold();
    attempt.fail('portal_changed');
    await closing.reached;
    await world.temporal.resume(world.userId);
    closing.release();
    const status = await world.statusWhen(({ state }) => state === 'sleeping');
    expect(status).toMatchObject({ consecutiveFailures: 0, pausedReason: null });
  });
});

async function pausedUser(): Promise<World> {
  const world = harness.newUser();
  world.remembered = { lastRevision: 1, nextSyncAt: null, pausedReason: 'user' };
  await world.temporal.settingsChanged(world.userId);
  await world.statusWhen(({ state }) => state === 'paused');
  return world;
}

async function attributesOf(world: World): Promise<Record<string, unknown>> {
  const { typedSearchAttributes } = await handleOf(world).describe();
  return Object.fromEntries(typedSearchAttributes.getAll().map(({ key, value }) => [key.name, value]));
}

/** Polls: the server tells nobody when an attribute has been written. */
async function indexedAs(world: World, status: string): Promise<void> {
  while ((await attributesOf(world)).SyncStatus !== status);
}

describe('what operators read', () => {
  it('follows the reports of the attempt', async () => {
    const world = harness.newUser();
    await world.temporal.settingsChanged(world.userId);
    const attempt = await world.attempt(1);
    await attempt.report({ seq: 10, done: 100 });
    await world.statusWhen(({ job }) => job?.done === 100);
    const metadata = await handleOf(world).query<{ currentDetails: string }>('__temporal_workflow_metadata');
    expect(metadata.currentDetails).toContain('Reading rentals... (100 so far)');
    attempt.succeed();
    await world.closedJobs(1);
  });
});
