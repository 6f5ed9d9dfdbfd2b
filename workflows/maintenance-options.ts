/** Housekeeping has a task queue of its own, so that no herd of syncs keeps it waiting and it keeps no sync waiting. */
import type { ActivityOptions } from '@temporalio/workflow';
import { maintenanceQueue } from './names.ts';

/** Each of these goes through many rows or users, reports it by heartbeats, and goes on where it was cut off. */
export const maintenance = {
  taskQueue: maintenanceQueue,
  heartbeatTimeout: '30s',
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '1m', maximumAttempts: 20 },
} as const satisfies ActivityOptions;
