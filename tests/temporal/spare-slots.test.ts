/** A worker whose slots are all taken, more that wait in the queue, and somebody who clicks. */
import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createAttemptStops, type AttemptStops } from '#activities/portal/attempt-stops.ts';
import { awaitedChannel } from '#db/queries/awaited-syncs.ts';
import { openSyncJob } from '#db/queries/open-sync-job.ts';
import { beginAttempt } from '#db/queries/portal-accounts.ts';
import { createLog } from '#platform/log.ts';
import { createActivitySlots } from '#temporal/activity-slots.ts';
import { createAwaitedSyncs } from '#temporal/awaited-syncs.ts';
import { defaults, makeConnectedUser, useDatabase } from '../db/fixtures.ts';
import { claimTemporal } from '../support/index.ts';
import { until } from '../support/until.ts';

const { em, url } = useDatabase();
const size = 2;
const spare = 2;
const taskQueue = `reading-${randomUUID()}`;
const begun: string[] = [];
const goOn = Promise.withResolvers<void>();
let client: Client;
let native: NativeConnection;
let stops: AttemptStops;
let worker: Worker;
let running: Promise<void>;

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const { address, namespace } = claimTemporal();
  client = new Client({ connection: await Connection.connect({ address }), namespace });
  native = await NativeConnection.connect({ address });
  const awaited = createAwaitedSyncs(em);
  stops = createAttemptStops(url(), createLog('test', 'silent'), { [awaitedChannel]: awaited.hear });
  await stops.listening();
  const fixed = { type: 'fixed-size', numSlots: 2 } as const;
  worker = await Worker.create({
    connection: native,
    namespace,
    taskQueue,
    tuner: {
      workflowTaskSlotSupplier: fixed,
      localActivityTaskSlotSupplier: fixed,
      nexusTaskSlotSupplier: fixed,
      activityTaskSlotSupplier: createActivitySlots({
        size,
        spare: { size: spare, awaited },
        database: { isThere: true, there: () => Promise.resolve() },
      }),
    },
    activities: {
      read: async (whose: string) => {
        begun.push(whose);
        // As a worker does where it begins: the job runs from here on.
        if (!whose.startsWith('due')) await beginAttempt(em(), JSON.parse(whose) as never);
        await goOn.promise;
      },
    },
  });
  running = worker.run();
});
afterAll(async () => {
  goOn.resolve();
  worker.shutdown();
  await running;
  await stops.close();
  await native.close();
  await client.connection.close();
});

const put = (whose: string, priorityKey: number) =>
  client.activity.start('read', {
    args: [whose],
    id: randomUUID(),
    taskQueue,
    scheduleToCloseTimeout: '5m',
    priority: { priorityKey },
  });

it(
  'who clicks is next although all slots are taken, and what is due stays in the queue',
  { timeout: 120_000 },
  async () => {
    for (let index = 0; index < 8; index += 1) await put(`due ${index}`, 4);
    await until('all slots are taken', () => begun.length === size, 30_000);
    const userId = await makeConnectedUser(em());
    const jobId = randomUUID();
    const clicked = JSON.stringify({ userId, jobId, attempt: 1 });
    // The task first: that the notification may come before it, is what the second spare slot is for.
    await put(clicked, 1);
    await openSyncJob(em(), { userId, jobId, triggeredManually: true }, defaults);
    await until('the click begins', () => begun.includes(clicked), 30_000);
    // The other spare one may be out as well: until the click's attempt has begun, somebody waits.
    expect(begun.length).toBeLessThanOrEqual(size + spare);
    goOn.resolve();
    await until('the rest', () => begun.length === 9, 30_000);
  },
);
