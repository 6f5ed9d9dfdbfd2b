/** Whose tasks a queue hands out first. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { inProject } from '#platform/paths.ts';
import { oneOrder } from '#scripts/lib/temporal-server.ts';
import { calendarsQueue, deliveryQueue, portalQueue } from '#workflows/names.ts';
import { claimTemporal } from '../support/index.ts';
import { until } from '../support/until.ts';

it('one user’s many tasks do not hold up another’s', { timeout: 120_000 }, async () => {
  const { address, namespace } = claimTemporal();
  const [connection, native] = await Promise.all([
    Connection.connect({ address }),
    NativeConnection.connect({ address }),
  ]);
  const { activity } = new Client({ connection, namespace });
  const taskQueue = `shared-${randomUUID()}`;
  const put = async (user: string, count: number) => {
    for (let index = 0; index < count; index += 1)
      await activity.start('note', {
        args: [user],
        id: `${taskQueue}-${user}-${index}`,
        taskQueue,
        scheduleToCloseTimeout: '5m',
        priority: { priorityKey: 3, fairnessKey: user },
      });
  };
  await put('busy', 40);
  await put('other', 6);
  const order: string[] = [];
  const worker = await Worker.create({
    connection: native,
    namespace,
    taskQueue,
    maxConcurrentActivityTaskExecutions: 1,
    activities: { note: async (user: string) => void order.push(user) },
  });
  await worker.runUntil(until('all are handed out', () => order.length === 46));
  // In turns they are done after twelve; in the order in which they came, after 46.
  expect(order.lastIndexOf('other')).toBeLessThan(30);
  await Promise.all([connection.close(), native.close()]);
});

it('docker compose’s server shares out as the local one does', () => {
  type Setting = { value: unknown; constraints?: { taskQueueName: string } }[];
  const file = readFileSync(inProject('temporal', 'server', 'dynamic-config.yaml'), 'utf8');
  const settings = parse(file) as Record<string, Setting>;
  for (const [name, value] of Object.entries(oneOrder))
    expect(settings[name]).toEqual(
      [portalQueue, calendarsQueue, deliveryQueue].map((taskQueueName) => ({ value, constraints: { taskQueueName } })),
    );
});
