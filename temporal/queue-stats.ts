/** How much waits for a worker: this says whether there are enough of them, and enough browsers. */
import type { Client } from '@temporalio/client';
import { calendarsQueue, deliveryQueue, maintenanceQueue, portalQueue, syncQueue } from '#workflows/names.ts';

export interface QueueStats {
  queue: string;
  kind: 'workflow' | 'activity';
  /** Tasks, roughly. */
  waiting: number;
  /** Since when the first of them has been waiting. */
  oldestSeconds: number;
}

/** As the server counts the kinds. */
const kinds = { workflow: 1, activity: 2 } as const;

const queues = [
  [syncQueue, 'workflow'],
  [syncQueue, 'activity'],
  [portalQueue, 'activity'],
  [deliveryQueue, 'activity'],
  [calendarsQueue, 'activity'],
  [maintenanceQueue, 'activity'],
] as const;

export function readQueueStats(client: Client): Promise<QueueStats[]> {
  return Promise.all(
    queues.map(async ([queue, kind]) => {
      const { stats } = await client.workflowService.describeTaskQueue({
        namespace: client.options.namespace,
        taskQueue: { name: queue },
        taskQueueType: kinds[kind],
        reportStats: true,
      });
      const waiting = Number(stats?.approximateBacklogCount ?? 0);
      return { queue, kind, waiting, oldestSeconds: Number(stats?.approximateBacklogAge?.seconds ?? 0) };
    }),
  );
}
