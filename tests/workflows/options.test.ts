/** Requests with options: which sync answers whom. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startHarness } from './harness.ts';
import type { Harness } from './harness.ts';
import { keepHistories } from './histories.ts';
import { firstSync } from './steps.ts';

let harness: Harness;

beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness.close());
keepHistories(() => harness);

it('a request that the running sync does not cover comes after it, with its own options', async () => {
  const world = harness.newUser();
  await firstSync(world);
  const { lastSyncAt: synced } = await world.status();
  const ask = (options: object) => world.temporal.requestSync(world.userId, { options });
  const narrow = await ask({ upcomingOnly: true });
  const attempt = await world.attempt(2);
  expect(attempt.input.options).toEqual({ upcomingOnly: true });
  expect(await ask({ upcomingOnly: true })).toEqual({ ...narrow, status: expect.any(String) as string, joined: true });

  const dry = await ask({ dryRun: true });
  expect(dry).toMatchObject({ joined: false, status: 'pending', queuedAfter: narrow.jobId });
  expect(dry.jobId).not.toBe(narrow.jobId);
  expect(await ask({ dryRun: true, upcomingOnly: true })).toMatchObject({ jobId: dry.jobId, joined: true });
  await expect(ask({})).rejects.toMatchObject({ code: 'other_sync_waits' });
  const { nextSyncAt, queuedJobId } = await world.status();
  expect(queuedJobId).toBe(dry.jobId);

  attempt.succeed({ complete: false, partRead: true });
  const second = await world.attempt(3);
  expect(world.reconciled.at(-1)).toMatchObject({ jobId: narrow.jobId, complete: false, partRead: true });
  expect(second.input).toMatchObject({ jobId: dry.jobId, options: { dryRun: true } });
  const { lastSyncAt, ...begun } = await world.status();
  expect(lastSyncAt).toBe(synced);
  expect(begun).not.toHaveProperty('queuedJobId');
  second.succeed();
  await world.closedJobs(3);
  const status = await world.statusWhen(({ state }) => state === 'sleeping');
  expect(status).toMatchObject({
    lastSyncAt,
    nextSyncAt,
    job: { dryRun: true, progress: 'Dry run finished; nothing was stored' },
  });
});
