/** Workflows that run while the sealing of what goes through Temporal is switched on. */
import { Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { workerConverter } from '#temporal/data-converter.ts';
import { userSyncId } from '#workflows/names.ts';
import { until } from '../support/until.ts';
import { startHarness } from './harness.ts';
import type { Harness, World } from './harness.ts';
import { firstSync } from './steps.ts';

const payloadKeys = { seals: true, keys: [{ id: 'k1', key: Buffer.alloc(32, 7) }] };

let harness: Harness;
let world: World;
let firstRun: string;

interface Found {
  metadata?: Record<string, Uint8Array>;
  data?: Uint8Array;
}

/** Search attributes are for the server to read, and the SDK writes the markers of patches. */
const readable = ['searchAttributes', 'markerRecordedEventAttributes'];

/** All other payloads, wherever they stand. */
function payloadsIn(value: unknown): Found[] {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return [];
  if ('metadata' in value && 'data' in value) return [value as Found];
  return Object.entries(value).flatMap(([name, part]) => (readable.includes(name) ? [] : payloadsIn(part)));
}

type History = Awaited<ReturnType<World['history']>>;

const failuresOf = ({ events }: History) =>
  (events ?? []).flatMap(({ activityTaskFailedEventAttributes: event }) => (event?.failure ? [event.failure] : []));

/** The histories of this run and those after it. */
async function runsFrom(runId: string): Promise<History[]> {
  const history = await world.history(runId);
  const next = history.events!.at(-1)!.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId;
  return [history, ...(next ? await runsFrom(next) : [])];
}

const textOf = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString('latin1');

beforeAll(async () => {
  const before = await startHarness();
  world = before.newUser();
  await world.temporal.settingsChanged(world.userId);
  firstRun = await world.currentRunId();
  await firstSync(world);
  harness = await startHarness({ payloadKeys, after: await before.leave() });
}, 60_000);
afterAll(() => harness.close());

it('go on, and their next runs hold no readable payload, not even of a failure', async () => {
  expect(await world.status()).toMatchObject({ state: 'sleeping', job: { status: 'completed' } });
  const { jobId } = await world.temporal.requestSync(world.userId);
  (await world.attempt(2)).fail('portal_changed');
  expect((await world.closedJobs(2))[1]).toMatchObject({ jobId, status: 'failed', errorCode: 'portal_changed' });
  const third = await world.temporal.requestSync(world.userId);
  (await world.attempt(3)).succeed({ count: 3 });
  await world.statusWhen(({ job, state }) => job?.id === third.jobId && state === 'sleeping');

  // It sleeps before it has ended its run, and the one before began with what the worker without keys wrote.
  const isNextThere = async () => (await runsFrom(firstRun)).length === 4;
  await until('the run after the third sync', isNextThere);
  const runs = await runsFrom(firstRun);
  expect(payloadsIn(runs[0]).some(({ data }) => textOf(data).includes(world.userId))).toBe(true);
  expect(runs.flatMap(failuresOf)).toMatchObject([{ message: 'Encoded failure', stackTrace: '' }]);
  const payloads = payloadsIn(runs.slice(-2));
  expect(payloads.length).toBeGreaterThan(5);
  for (const { metadata, data } of payloads) {
    expect(textOf(metadata!.encoding)).toBe('binary/encrypted');
    expect(textOf(data)).not.toContain(world.userId);
  }
});

it('are replayed from histories of before, of between and of after', async () => {
  const { workflow } = harness.temporal.client;
  const histories = workflow.list({ query: "WorkflowType = 'userSync'" }).intoHistories({ concurrency: 2 });
  const options = { workflowBundle: { codePath: harness.bundle }, dataConverter: workerConverter(payloadKeys) };
  const errors: unknown[] = [];
  for await (const { error } of Worker.runReplayHistories(options, histories)) errors.push(error);
  expect(errors.length).toBeGreaterThan(2);
  expect(errors.filter(Boolean)).toEqual([]);
});

it('wait for a key that their worker lacks, and go on once it is there', async () => {
  const other = { id: 'k2', key: Buffer.alloc(32, 8) };
  harness = await startHarness({ payloadKeys: { seals: true, keys: [other] }, after: await harness.leave() });
  const { workflow } = harness.temporal.client;
  await workflow.getHandle(userSyncId(world.userId)).signal('syncNow');
  const failed = () =>
    world.history().then(({ events }) => events!.find((event) => event.workflowTaskFailedEventAttributes));
  await until('the task has failed', async () => Boolean(await failed()));
  expect(JSON.stringify((await failed())!.workflowTaskFailedEventAttributes)).toContain('Encoded failure');

  const keys = [other, ...payloadKeys.keys];
  harness = await startHarness({ payloadKeys: { seals: true, keys }, after: await harness.leave() });
  (await world.attempt(4)).succeed({ count: 4 });
  expect(await world.statusWhen(({ job }) => job?.bookingsSynced === 4)).toMatchObject({ state: 'sleeping' });
}, 60_000);
