/** The housekeeping schedules. The worker's start makes them, and brings them up to date where our code changed them. */
import { createHash } from 'node:crypto';
import { ScheduleAlreadyRunning, ScheduleOverlapPolicy } from '@temporalio/client';
import type { Client, ScheduleOptions } from '@temporalio/client';
import {
  endOrphansScheduleId,
  endOrphansType,
  ensureSyncsScheduleId,
  ensureSyncsType,
  retentionScheduleId,
  retentionType,
  syncQueue,
} from '#workflows/names.ts';

/** Which of our definitions a schedule follows; every run that it starts shows it, too. */
const versionMemo = 'definition';

type Definition = Pick<ScheduleOptions, 'spec' | 'policies' | 'action'>;
type Action = Pick<ScheduleOptions['action'], 'workflowType' | 'workflowExecutionTimeout' | 'staticSummary'>;

/** The server takes it with a schedule's action, though its type does not name it (SDK 1.24). */
const first = { priority: { priorityKey: 1 } };

/**
 * Its few workflow tasks go before those of all syncs; the work itself is an activity with a queue of its own. A running
 * one is never joined by another, so one that cannot end must not keep the next from starting forever.
 */
const keepsHouse = (workflowId: string, action: Action): Definition['action'] => ({
  type: 'startWorkflow',
  workflowId,
  taskQueue: syncQueue,
  ...first,
  ...action,
});

/** Each day at another minute of the night in New York, when nobody looks. */
const eachNight: Pick<Definition, 'spec' | 'policies'> = {
  spec: { intervals: [{ every: '1d', offset: '8h' }], jitter: '1h' },
  policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1d' },
};

export const schedules: Readonly<Record<string, Definition>> = {
  [ensureSyncsScheduleId]: {
    spec: { intervals: [{ every: '5m' }] },
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '5m' },
    action: keepsHouse(ensureSyncsScheduleId, {
      workflowType: ensureSyncsType,
      workflowExecutionTimeout: '1h',
      staticSummary: 'Starts missing syncs, replaces stuck ones',
    }),
  },
  [endOrphansScheduleId]: {
    ...eachNight,
    action: keepsHouse(endOrphansScheduleId, {
      workflowType: endOrphansType,
      workflowExecutionTimeout: '12h',
      staticSummary: 'Ends workflows without a user',
    }),
  },
  [retentionScheduleId]: {
    ...eachNight,
    action: keepsHouse(retentionScheduleId, {
      workflowType: retentionType,
      workflowExecutionTimeout: '20h',
      staticSummary: 'Deletes jobs, logs, changes and failure artifacts that are past their time',
    }),
  },
};

export async function ensureSchedules(client: Client): Promise<void> {
  for (const [scheduleId, definition] of Object.entries(schedules))
    await ensureSchedule(client, scheduleId, definition);
}

/** What an operator changed stays until our own definition changes; a pause stays even then. */
async function ensureSchedule(client: Client, scheduleId: string, definition: Definition): Promise<void> {
  const version = createHash('sha256').update(JSON.stringify(definition)).digest('hex').slice(0, 12);
  const action = { ...definition.action, memo: { [versionMemo]: version } };
  try {
    await client.schedule.create({ ...definition, action, scheduleId });
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    const handle = client.schedule.getHandle(scheduleId);
    const { action: current } = await handle.describe();
    if (current.memo?.[versionMemo] === version) return;
    await handle.update(({ state }) => ({ ...definition, action, state }));
  }
}
