/** The schedules that keep house. Made at the worker's start where they are missing; operators may change or pause them. */
import { ScheduleAlreadyRunning, ScheduleOverlapPolicy } from '@temporalio/client';
import type { Client, ScheduleOptions } from '@temporalio/client';
import {
  ensureSyncsScheduleId,
  ensureSyncsType,
  retentionScheduleId,
  retentionType,
  syncQueue,
} from '#workflows/names.ts';

const schedules: ScheduleOptions[] = [
  {
    scheduleId: ensureSyncsScheduleId,
    spec: { intervals: [{ every: '5m' }] },
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '5m' },
    action: {
      type: 'startWorkflow',
      workflowType: ensureSyncsType,
      workflowId: ensureSyncsScheduleId,
      taskQueue: syncQueue,
      staticSummary: 'Starts missing syncs, stops orphaned ones',
    },
  },
  {
    scheduleId: retentionScheduleId,
    // Each day at another minute of the night in New York, when nobody looks.
    spec: { intervals: [{ every: '1d', offset: '8h' }], jitter: '1h' },
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1d' },
    action: {
      type: 'startWorkflow',
      workflowType: retentionType,
      workflowId: retentionScheduleId,
      taskQueue: syncQueue,
      staticSummary: 'Deletes jobs, logs, changes and failure artifacts that are past their time',
    },
  },
];

export async function ensureSchedules(client: Client): Promise<void> {
  for (const schedule of schedules) {
    try {
      await client.schedule.create(schedule);
    } catch (error) {
      if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    }
  }
}
