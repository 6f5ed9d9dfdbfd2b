/** The schedules that keep house. Made at the worker's start where they are missing; operators may change or pause them. */
import { ScheduleAlreadyRunning, ScheduleOverlapPolicy } from '@temporalio/client';
import type { Client } from '@temporalio/client';
import { ensureSyncsScheduleId, ensureSyncsType, syncQueue } from './names.ts';

export async function ensureSchedules(client: Client): Promise<void> {
  try {
    await client.schedule.create({
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
    });
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
  }
}
