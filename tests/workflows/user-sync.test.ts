import { randomUUID } from 'node:crypto';
import { defaultPayloadConverter } from '@temporalio/common';
import { Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { SyncRefusedError } from '#temporal/client.ts';
import * as messages from '#workflows/messages.ts';
import { createSyncRequester } from '#lib/server/sync/request-sync.ts';
import { until } from '../support/until.ts';
import { keepHistories } from './histories.ts';
import { startHarness } from './harness.ts';
import type { Harness, World } from './harness.ts';
import { firstSync, handleOf, signal } from './steps.ts';

let harness: Harness;

beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness.close());

keepHistories(() => harness);

const twoHoursMs = 7_200_000;

/** The seconds of the timer that the current run sleeps on, as soon as it does. */
async function timerOf(world: World): Promise<number> {
  for (;;) {
    for (const { timerStartedEventAttributes: timer } of (await world.history()).events ?? []) {
      // The others are the limit of five minutes and the like.
      const seconds = Number(timer?.startToFireTimeout?.seconds ?? 0);
      if (seconds > 600) return seconds;
    }
  }
}

describe('the schedule', () => {
  it('syncs a newly connected user at once, as not triggered manually', async () => {
    const world = harness.newUser();
    await world.temporal.settingsChanged(world.userId);
    (await world.attempt(1)).succeed({ count: 137 });
    const [job] = await world.closedJobs(1);
    expect(job).toMatchObject({ status: 'completed', triggeredManually: false, bookingsSynced: 137, partial: false });
    const status = await world.statusWhen(({ state }) => state === 'sleeping');
    expect(status.job).toMatchObject({
      id: job!.jobId,
      status: 'completed',
      progress: 'Successfully synced 137 bookings',
    });
  });

  it('sleeps 7,200 s with a jitter of at most 2 % and starts the two hours again after a manual sync', async () => {
    const world = harness.newUser();
    await firstSync(world);
    const before = await world.status();
    const slept = await timerOf(world);
    expect(slept).toBeGreaterThanOrEqual(7_200 * 0.98 - 2);
    expect(slept).toBeLessThanOrEqual(7_200 * 1.02);

    const { jobId } = await world.temporal.requestSync(world.userId);
    (await world.attempt(2)).succeed();
    const [, manual] = await world.closedJobs(2);
    expect(manual).toMatchObject({ jobId, triggeredManually: true });
    const after = await world.statusWhen(({ job, state }) => state === 'sleeping' && job?.id === jobId);
    expect(Date.parse(after.nextSyncAt!)).not.toBe(Date.parse(before.nextSyncAt!));
    expect(Math.abs(Date.parse(after.nextSyncAt!) - manual!.completedAt - twoHoursMs)).toBeLessThanOrEqual(
      twoHoursMs * 0.02,
    );
    const timer = await timerOf(world);
    expect(timer).toBeGreaterThanOrEqual(7_200 * 0.98 - 2);
  });

  it('carries its times into the next run as numbers and in words', async () => {
    const world = harness.newUser();
    await firstSync(world);
    const { nextSyncAt, lastSyncAt } = await world.statusWhen(({ state }) => state === 'sleeping');
    const started = await until('the next run', async () => {
      const attributes = (await world.history()).events![0]!.workflowExecutionStartedEventAttributes!;
      return attributes.continuedExecutionRunId ? attributes : false;
    });
    const { payloads } = started.input!;
    const input = defaultPayloadConverter.fromPayload<messages.UserSyncInput>(payloads![0]!);
    expect(input.state).toMatchObject({ nextSyncAt: Date.parse(nextSyncAt!), lastSyncAt: Date.parse(lastSyncAt!) });
    const inWords = (iso: string) => `${iso.slice(0, 16).replace('T', ' ')} UTC`;
    expect(input.times).toEqual({ nextSyncAt: inWords(nextSyncAt!), lastSyncAt: inWords(lastSyncAt!) });
  });

  it('syncs by itself when the interval is over', async () => {
    const world = harness.newUser({ intervalMinutes: 0.02 });
    await firstSync(world);
    const second = await world.attempt(2);
    expect(second.input.jobId).not.toBe(world.closed[0]!.jobId);
    world.settings.intervalMinutes = 120;
    second.succeed();
    const [, job] = await world.closedJobs(2);
    expect(job).toMatchObject({ triggeredManually: false, status: 'completed' });
  });

  it('goes on sleeping where it was when its state has to be read from the database', async () => {
    const world = harness.newUser();
    const nextSyncAt = Date.now() + 3_600_000;
    world.remembered = { lastRevision: 1, nextSyncAt, pausedReason: null };
    await world.temporal.settingsChanged(world.userId);
    const status = await world.statusWhen(({ state }) => state === 'sleeping');
    expect(status.nextSyncAt).toBe(new Date(nextSyncAt).toISOString());
    expect(world.attempts).toHaveLength(0);
  });

  it('says nothing before it has read the database, and takes requests meanwhile', async () => {
    const world = harness.newUser();
    let letRead = () => {};
    world.holdRead = new Promise<void>((resolve) => (letRead = resolve));
    const requested = world.temporal.requestSync(world.userId);
    const read = () => world.temporal.readStatus(world.userId);
    // Also before its first task; then the workflow is there and answers that it knows nothing.
    expect(await read()).toBeNull();
    await vi.waitUntil(async () => (await handleOf(world).describe()).raw.pendingActivities?.length);
    expect(await handleOf(world).query(messages.syncStatus)).toBeNull();
    const { currentDetails } = await handleOf(world).query<{ currentDetails: string }>('__temporal_workflow_metadata');
    expect(currentDetails).toContain('Reads from the database');
    letRead();
    expect((await world.attempt(1)).input.jobId).toBe((await requested).jobId);
    expect(await read()).toMatchObject({ job: { id: (await requested).jobId } });
    (await world.attempt(1)).succeed();
    await world.closedJobs(1);
  });

  it('takes a new interval from the last sync on', async () => {
    const world = harness.newUser();
    await firstSync(world);
    world.settings.intervalMinutes = 60;
    await world.temporal.settingsChanged(world.userId);
    const status = await world.statusWhen(({ intervalMinutes }) => intervalMinutes === 60);
    expect(Date.parse(status.nextSyncAt!)).toBe(Date.parse(status.job!.completedAt!) + 3_600_000);
  });
});

describe('requests', () => {
  it('makes one sync of 50 simultaneous requests', async () => {
    const world = harness.newUser();
    await firstSync(world);
    // Five web processes, each of which keeps one request a user in flight.
    const asked = Array.from({ length: 5 }, () => createSyncRequester(world.temporal)).flatMap((ask) =>
      Array.from({ length: 10 }, () => ask(world.userId, {})),
    );
    const answers = await Promise.all(asked);
    const second = await world.attempt(2);
    expect(new Set(answers.map(({ jobId }) => jobId))).toEqual(new Set([second.input.jobId]));
    expect(new Set(answers.filter(({ joined }) => !joined)).size).toBe(1);
    second.succeed();
    await world.closedJobs(2);
    await world.statusWhen(({ state }) => state === 'sleeping');
    expect(world.closed).toHaveLength(2);
    expect(world.mostRunning).toBe(1);
  });

  it('joins a running sync', async () => {
    const world = harness.newUser();
    await world.temporal.settingsChanged(world.userId);
    const attempt = await world.attempt(1);
    expect(await world.temporal.requestSync(world.userId)).toEqual({
      jobId: attempt.input.jobId,
      status: 'running',
      joined: true,
    });
    attempt.succeed();
    await world.closedJobs(1);
  });

  it('gives a new job to a request that comes while the old one is being closed, and serves it', async () => {
    const world = harness.newUser();
    await world.temporal.settingsChanged(world.userId);
    const closing = world.hold();
    const first = await world.attempt(1);
    first.succeed();
    await closing.reached;
    const late = await world.temporal.requestSync(world.userId);
    expect(late).toMatchObject({ joined: false, status: 'pending' });
    expect(late.jobId).not.toBe(first.input.jobId);
    expect(await world.status()).toMatchObject({ state: 'pending', job: { id: late.jobId, status: 'pending' } });
    closing.release();
    const second = await world.attempt(2);
    expect(second.input.jobId).toBe(late.jobId);
    second.succeed();
    expect((await world.closedJobs(2)).map(({ jobId }) => jobId)).toEqual([first.input.jobId, late.jobId]);
  });

  it('loses no request in the moment of continue-as-new', { timeout: 60_000 }, async () => {
    const world = harness.newUser();
    await world.temporal.settingsChanged(world.userId);
    const promised = new Set<string>();
    let asking = true;
    const asker = (async () => {
      while (asking) promised.add((await world.temporal.requestSync(world.userId)).jobId);
    })();
    for (let n = 1; n <= 8; n += 1) (await world.attempt(n)).succeed();
    await world.closedJobs(8);
    asking = false;
    await asker;
    // The last answer may name a job that is still to run.
    const left = [...promised].filter((id) => !world.closed.some(({ jobId }) => jobId === id));
    expect(left.length).toBeLessThanOrEqual(1);
    if (left.length > 0) {
      const last = await world.attempt(9);
      expect(last.input.jobId).toBe(left[0]);
      last.succeed();
      await world.closedJobs(9);
    }
    expect(world.mostRunning).toBe(1);
  });

  it('serves the syncNow signal like a request', async () => {
    const world = harness.newUser();
    await firstSync(world);
    await signal(world, messages.syncNow);
    (await world.attempt(2)).succeed();
    const [, job] = await world.closedJobs(2);
    expect(job).toMatchObject({ triggeredManually: true, status: 'completed' });
  });

  it('starts the workflow of a user that has none', async () => {
    const world = harness.newUser();
    const { jobId } = await world.temporal.requestSync(world.userId);
    const attempt = await world.attempt(1);
    expect(attempt.input.jobId).toBe(jobId);
    attempt.succeed();
    await world.closedJobs(1);
  });

  it('refuses a user without credentials, also where the request itself starts the workflow', async () => {
    const world = harness.newUser({ connected: false, revision: 0 });
    for (let n = 0; n < 2; n += 1) {
      const refused = await world.temporal.requestSync(world.userId).catch((error: unknown) => error);
      expect(refused).toBeInstanceOf(SyncRefusedError);
      expect(refused).toMatchObject({ code: 'no_credentials' });
    }
    expect(await world.status()).toMatchObject({ state: 'not_connected', job: null });
  });
});

describe('progress', () => {
  it('shows each report and drops late, foreign and repeated ones', async () => {
    const world = harness.newUser();
    await world.temporal.settingsChanged(world.userId);
    const attempt = await world.attempt(1);
    await attempt.report({ seq: 10, phase: 'reading', done: 100, total: null });
    const shown = await world.statusWhen(({ job }) => job?.done === 100);
    expect(shown.job).toMatchObject({
      status: 'running',
      phase: 'reading',
      progress: 'Reading rentals... (100 so far)',
    });
    await attempt.report({ seq: 9, phase: 'connecting', done: 0 });
    await attempt.report({ seq: 11, phase: 'connecting', jobId: randomUUID() });
    await attempt.report({ seq: 11, phase: 'connecting', attempt: 2 });
    await attempt.report({ seq: 11, phase: 'reading', done: 137, total: 137 });
    const later = await world.statusWhen(({ job }) => job?.done === 137);
    expect(later.job).toMatchObject({ phase: 'reading', total: 137 });
    attempt.succeed();
    await world.closedJobs(1);
  });

  it('keeps the history of a whole sync small', async () => {
    const world = harness.newUser();
    await firstSync(world);
    await world.temporal.requestSync(world.userId);
    const runId = await world.currentRunId();
    const attempt = await world.attempt(2);
    for (let done = 0; done < 6; done += 1) await attempt.report({ seq: 100 + done, done });
    attempt.succeed();
    await world.closedJobs(2);
    await world.statusWhen(({ state }) => state === 'sleeping');
    const { events } = await world.history(runId);
    expect(events!.length).toBeLessThan(100);
  });
});

describe('failures', () => {
  it('tries again within the sync where the kind allows it', async () => {
    const world = harness.newUser();
    await world.temporal.settingsChanged(world.userId);
    (await world.attempt(1)).fail('portal_unavailable');
    const second = await world.attempt(2);
    expect(second.input).toMatchObject({ attempt: 2, jobId: world.attempts[0]!.input.jobId });
    expect(second.input.budgetMs).toBeLessThan(300_000);
    second.succeed();
    const [job] = await world.closedJobs(1);
    expect(job).toMatchObject({ status: 'completed' });
  });

  it('has the retries of each kind for itself', async () => {
    const world = harness.newUser();
    await world.temporal.settingsChanged(world.userId);
    for (let n = 1; n <= 3; n += 1) (await world.attempt(n)).fail('interrupted');
    // The fourth failure in all, and the first of its kind: it has three retries of its own.
    (await world.attempt(4)).fail('portal_unavailable');
    (await world.attempt(5)).succeed();
    expect(await world.closedJobs(1)).toMatchObject([{ status: 'completed' }]);
  });

  it('does not wait for a retry that would start after the limit', async () => {
    const world = harness.newUser({ limitMs: 1_500 });
    await world.temporal.settingsChanged(world.userId);
    (await world.attempt(1)).fail('portal_unavailable');
    const [job] = await world.closedJobs(1);
    expect(job).toMatchObject({ status: 'failed', errorCode: 'portal_unavailable' });
    expect(world.attempts).toHaveLength(1);
  });

  it('gives an attempt no more time than the limit, and the next sync is still due', async () => {
    const world = harness.newUser({ limitMs: 1_000 });
    await world.temporal.settingsChanged(world.userId);
    const [job] = await world.closedJobs(1);
    expect(job).toMatchObject({ status: 'failed', errorCode: 'timed_out', pausedReason: null });
    expect(world.attempts.map(({ input }) => input.budgetMs)).toEqual([1_000]);
    expect(job!.nextSyncAt).toBeGreaterThan(job!.completedAt);
    expect(world.running).toBe(0);
  });

  it.each(['invalid_credentials', 'account_locked', 'verification_required', 'action_required'] as const)(
    'pauses for %s, refuses requests with it, and syncs at once with new credentials',
    async (kind) => {
      const world = harness.newUser();
      await world.temporal.settingsChanged(world.userId);
      (await world.attempt(1)).fail(kind);
      const [job] = await world.closedJobs(1);
      expect(job).toMatchObject({ status: 'failed', errorCode: kind, pausedReason: kind, nextSyncAt: null });
      const status = await world.statusWhen(({ state }) => state === 'paused');
      expect(status).toMatchObject({ pausedReason: kind, nextSyncAt: null, consecutiveFailures: 1 });
      await expect(world.temporal.requestSync(world.userId)).rejects.toMatchObject({ code: kind });
      await signal(world, messages.syncNow);
      expect(world.attempts).toHaveLength(1);
      world.settings.revision = 2;
      await world.temporal.settingsChanged(world.userId);
      (await world.attempt(2)).succeed();
      await world.closedJobs(2);
      expect(await world.statusWhen(({ state }) => state === 'sleeping')).toMatchObject({ consecutiveFailures: 0 });
    },
  );

  it('never pauses for a failure of credentials that were replaced meanwhile, but syncs again at once', async () => {
    const world = harness.newUser();
    await world.temporal.settingsChanged(world.userId);
    const attempt = await world.attempt(1);
    world.settings.revision = 2;
    await world.temporal.settingsChanged(world.userId);
    attempt.fail('invalid_credentials', { revision: 1 });
    const second = await world.attempt(2);
    expect(world.closed[0]).toMatchObject({ errorCode: 'invalid_credentials' });
    second.succeed();
    await world.closedJobs(2);
    await world.statusWhen(({ state }) => state === 'sleeping');
  });

  it('goes on with the earlier credentials where new ones on trial were refused', async () => {
    const world = harness.newUser();
    await world.temporal.settingsChanged(world.userId);
    (await world.attempt(1)).succeed();
    await world.closedJobs(1);
    await world.statusWhen(({ state }) => state === 'sleeping');
    world.settings.revision = 2;
    world.trial = true;
    await world.temporal.settingsChanged(world.userId);
    (await world.attempt(2)).fail('invalid_credentials', { revision: 2 });
    await world.closedJobs(2);
    const status = await world.statusWhen(({ state, job }) => state === 'sleeping' && job?.status === 'failed');
    expect(status).toMatchObject({ pausedReason: null, consecutiveFailures: 0 });
    expect(Date.parse(status.nextSyncAt!)).toBeGreaterThan(Date.now());
    await world.temporal.requestSync(world.userId);
    (await world.attempt(3)).succeed();
    await world.closedJobs(3);
  });

  it('stretches the interval while the portal stays away', async () => {
    const world = harness.newUser({ limitMs: 1_500 });
    await world.temporal.settingsChanged(world.userId);
    for (let n = 1; n <= 3; n += 1) {
      (await world.attempt(n)).fail('portal_unavailable');
      await world.closedJobs(n);
      if (n < 3) await world.temporal.requestSync(world.userId);
    }
    const hours = world.closed.map(({ nextSyncAt, completedAt }) =>
      Math.round((nextSyncAt! - completedAt) / 3_600_000),
    );
    expect(hours).toEqual([2, 4, 6]);
  });
});

describe('replay', () => {
  it('repeats every run of these tests from its history', { timeout: 120_000 }, async () => {
    const runs = harness.temporal.client.workflow
      .list({ query: "WorkflowType = 'userSync'" })
      .intoHistories({ concurrency: 5 });
    let replayed = 0;
    for await (const { workflowId, error } of Worker.runReplayHistories(
      { workflowBundle: { codePath: harness.bundle } },
      runs,
    )) {
      expect(error, workflowId).toBeUndefined();
      replayed += 1;
    }
    expect(replayed).toBeGreaterThan(25);
  });
});
