/** The workflow of a delivery target, on a real Temporal server: what it does with the answers of its activities. */
import { randomUUID } from 'node:crypto';
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
const deliverDue = async () => answers.shift() ?? { waitMs: null };
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
