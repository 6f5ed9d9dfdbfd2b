/** A stand-in calendar, and the workers that write into it, for the tests of a file. */

import { NativeConnection, DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { afterAll, beforeAll } from 'vitest';
import { createCalendarActivities } from '#activities/index.ts';

import { createSyncClient, type TemporalSyncClient } from '#temporal/client.ts';
import { calendarsQueue, pushCalendarId, syncQueue } from '#workflows/names.ts';
import { makeConnectedUser, rental, secrets, syncList, useDatabase } from '../db/fixtures.ts';
import { allow, connect, type Connected } from '../notifications/calendars/pushing.ts';
import { claimTemporal, testWorkflowBundle } from '../support/index.ts';

import { startStandInCalendar, type StandInCalendar } from '../support/stand-in-calendar.ts';

import { keepHistoriesOf } from './histories.ts';

export const { em, orm } = useDatabase();
export let server: StandInCalendar;
export let temporal: TemporalSyncClient;
export const closers: (() => unknown)[] = [];

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  server = await startStandInCalendar();
  const { address, namespace } = claimTemporal();
  const access = { TEMPORAL_API_KEY: undefined, TEMPORAL_TLS: false };
  temporal = createSyncClient({ TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace, ...access });
  const connection = await NativeConnection.connect({ address });
  const codePath = await testWorkflowBundle();
  const turn = { events: 10, ms: 60_000 };
  const workers = [
    await Worker.create({ connection, namespace, taskQueue: syncQueue, workflowBundle: { codePath } }),
    await Worker.create({
      connection,
      namespace,
      taskQueue: calendarsQueue,
      activities: { ...createCalendarActivities({ orm: orm(), temporal, secrets, allow, turn }) },
      maxHeartbeatThrottleInterval: '100ms',
    }),
  ];
  const running = Promise.all(workers.map((worker) => worker.run()));
  closers.push(async () => {
    for (const worker of workers) worker.shutdown();
    await running;
    await temporal.close();
    await connection.close();
    await server.close();
  });
});
afterAll(async () => {
  for (const close of closers) await close();
});

const begun: string[] = [];
keepHistoriesOf(
  () => temporal.client,
  () => begun.splice(0),
);

/** A calendar of a new user with so many rentals; its workflow's history is kept. */
export async function connected(rentals: number): Promise<Connected> {
  const made = await connect(orm(), em, await makeConnectedUser(em()), server.login);
  begun.push(pushCalendarId(made.id));
  const list = Array.from({ length: rentals }, (_, index) => rental(`r${index}`));
  await syncList(em(), made.userId, list);
  closers.unshift(() => made.session.close());
  return made;
}

export const stateOf = async ({ view }: Connected) => (await view())[0]!;
export const workflowOf = ({ id }: Connected) => temporal.client.workflow.getHandle(pushCalendarId(id));
export const eventsOf = ({ calendarUrl }: Connected) =>
  [...server.objects].filter(([path]) => path.startsWith(new URL(calendarUrl).pathname));
