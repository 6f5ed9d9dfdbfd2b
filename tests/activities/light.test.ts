import { randomUUID } from 'node:crypto';
import { ApplicationFailure, Context } from '@temporalio/activity';
import { Client, Connection } from '@temporalio/client';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import type { LogEntry } from '@temporalio/worker';
import { describe, expect, it } from 'vitest';
import { createSyncActivities } from '#activities/index.ts';
import { light } from '#activities/light.ts';
import { depsWith } from './light-activities.ts';
import { claimTemporal } from '../support/index.ts';

const away = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
const wrong = new TypeError('secret of ada@example.com');

/** What a light activity that fails with this error throws, after as many failures of its own. */
async function failure(error: Error, { failures = 0, needed = false } = {}) {
  const logged: LogEntry[] = [];
  const beats: unknown[] = [];
  const logger = new DefaultLogger('INFO', (entry) => void logged.push(entry));
  const environment = new MockActivityEnvironment({ heartbeatDetails: failures || undefined }, { logger });
  environment.on('heartbeat', (details: unknown) => void beats.push(details));
  const thrown = await environment
    .run(
      light(() => Promise.reject(error), { needed }),
      {},
    )
    .catch((caught: unknown) => caught);
  expect(thrown).toBeInstanceOf(ApplicationFailure);
  return { thrown: thrown as ApplicationFailure, logged: logged.filter(({ level }) => level === 'ERROR'), beats };
}

describe('a light activity', () => {
  it('is tried again without end while the database is away, and says nothing', async () => {
    const { thrown, logged, beats } = await failure(away, { failures: 100 });
    expect(thrown).toMatchObject({ type: 'database_away', nonRetryable: false, category: 'BENIGN' });
    expect(thrown.nextRetryDelay).toBeUndefined();
    expect([logged, beats]).toEqual([[], []]);
  });

  it('fails for good after a few of its own mistakes, which operators read and the history does not', async () => {
    for (const [failures, nonRetryable] of [
      [0, false],
      [3, false],
      [4, true],
    ] as const) {
      const { thrown, logged, beats } = await failure(wrong, { failures });
      expect(thrown).toMatchObject({ type: 'internal', message: 'unexpected TypeError', nonRetryable });
      expect(JSON.stringify([thrown, thrown.cause])).not.toContain('ada@example.com');
      expect(beats).toEqual([failures + 1]);
      expect(logged).toMatchObject([{ meta: { failures: failures + 1, error: wrong.toString() } }]);
    }
  });

  it('that the workflow cannot go on without is tried again every ten minutes', async () => {
    const { thrown } = await failure(wrong, { failures: 4, needed: true });
    expect(thrown).toMatchObject({ nonRetryable: false, nextRetryDelay: '10m' });
  });

  it('keeps what it decided itself', async () => {
    const refused = ApplicationFailure.nonRetryable('no', 'internal');
    expect((await failure(refused)).thrown).toBe(refused);
  });
});

it('counts its mistakes over its attempts, and no outage among them', async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR', () => undefined) });
  const { address, namespace } = claimTemporal();
  const connection = await NativeConnection.connect({ address });
  const taskQueue = randomUUID();
  const errors = [away, away, wrong, away, away, away, wrong];
  const counted: unknown[] = [];
  const act = light(async () => {
    counted.push(Context.current().info.heartbeatDetails);
    const error = errors.shift();
    if (error) throw Object.assign(error, { nextRetryDelay: undefined });
  });
  const activities = { ...createSyncActivities(depsWith(null as never)), readSyncState: act };
  const worker = await Worker.create({ connection, namespace, taskQueue, activities });
  const client = new Client({ connection: await Connection.connect({ address }), namespace });
  const handle = await client.activity.start('readSyncState', {
    id: randomUUID(),
    taskQueue,
    args: [{}],
    startToCloseTimeout: '10s',
    retry: { initialInterval: '10ms', backoffCoefficient: 1 },
  });
  await worker.runUntil(handle.result());
  expect(counted).toEqual([undefined, undefined, undefined, 1, 1, 1, 1, 2]);
  await client.connection.close();
  await connection.close();
});
