/** The workflow of a delivery target, on a real Temporal server: what it does with the answers of its activities. */
import { randomUUID } from 'node:crypto';
import { activityInfo } from '@temporalio/activity';
import { NativeConnection, DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { DeliveryActivities } from '#domain/activities.ts';
import { createSyncClient, type TemporalSyncClient } from '#temporal/client.ts';
import { deliverId, deliveryQueue, syncQueue } from '#workflows/names.ts';
import { claimTemporal, testWorkflowBundle } from '../support/index.ts';
import { until } from '../support/until.ts';
import { keepHistoriesOf } from './histories.ts';

type Answer = Awaited<ReturnType<DeliveryActivities['deliverDue']>>;

const answers: Answer[] = [];
let told = 0;
const ownerReads = Promise.withResolvers<void>();
const tellOwner = () => {
  told += 1;
  return ownerReads.promise;
};
const turns: unknown[] = [];
const deliverDue = async () => {
  const { priorityKey, fairnessKey } = activityInfo().priority ?? {};
  turns.push([priorityKey, fairnessKey]);
  return answers.shift() ?? { waitMs: null };
};
let temporal: TemporalSyncClient;
let close = async () => {};

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const { address, namespace } = claimTemporal();
  const access = { TEMPORAL_API_KEY: undefined, TEMPORAL_TLS: false };
  temporal = createSyncClient({ TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace, ...access });
  const connection = await NativeConnection.connect({ address });
  const workflowBundle = { codePath: await testWorkflowBundle() };
  const workers = [
    await Worker.create({ connection, namespace, taskQueue: syncQueue, workflowBundle, activities: { tellOwner } }),
    await Worker.create({ connection, namespace, taskQueue: deliveryQueue, activities: { deliverDue } }),
  ];
  const running = Promise.all(workers.map((worker) => worker.run()));
  close = async () => {
    for (const worker of workers) worker.shutdown();
    await running;
    await temporal.close();
    await connection.close();
  };
});
afterAll(() => close());

const targetId = randomUUID();
keepHistoriesOf(
  () => temporal.client,
  () => [deliverId(targetId)],
);

it('tells its owner once of a warning that comes again until they have it, and then ends', async () => {
  const warned = { warning: 50 } as const;
  // Once the last one is asked for, the workflow has seen the others.
  answers.push({ waitMs: 0, ...warned }, { waitMs: 0, ...warned }, { waitMs: null });
  await temporal.deliver(targetId);
  await until('all is answered, and the owner is being told', () => answers.length === 0 && told > 0);
  ownerReads.resolve();
  await temporal.client.workflow.getHandle(deliverId(targetId)).result();
  expect(told).toBe(1);
});

it.each([
  ['mail', false, [2, 2]],
  ['push', true, [4, 4]],
  ['webhook', false, [3, 4]],
  ['webhook', true, [4, 4]],
] as const)(
  'what goes by %s (failing: %s) has its turn among those of its user',
  async (channel, isFailing, expected) => {
    const [target, userId] = [randomUUID(), randomUUID()];
    turns.length = 0;
    answers.push({ waitMs: 0 }, { waitMs: null });
    await temporal.deliver(target, { userId, channel, isFailing });
    await temporal.client.workflow.getHandle(deliverId(target)).result();
    // The signal that began it may have it look once more.
    expect(turns.slice(0, 2)).toEqual(expected.map((priority) => [priority, userId]));
  },
);

it('a target of which no more is known has a usual turn of its own', async () => {
  const target = randomUUID();
  turns.length = 0;
  await temporal.deliver(target);
  await temporal.client.workflow.getHandle(deliverId(target)).result();
  expect(turns[0]).toEqual([3, target]);
});
