import { afterAll, beforeAll, expect, it } from 'vitest';
import { createSyncClient, type TemporalSyncClient } from '#temporal/client.ts';
import { ensureSchedules } from '#temporal/schedules.ts';
import {
  endOrphansScheduleId,
  ensureSyncsScheduleId,
  ensureSyncsType,
  retentionScheduleId,
  syncQueue,
} from '#workflows/names.ts';
import { claimTemporal } from '../support/index.ts';

let temporal: TemporalSyncClient;

beforeAll(() => {
  const { address, namespace } = claimTemporal();
  temporal = createSyncClient({
    TEMPORAL_ADDRESS: address,
    TEMPORAL_NAMESPACE: namespace,
    TEMPORAL_API_KEY: undefined,
    TEMPORAL_TLS: false,
  });
});
afterAll(() => temporal.close());

const handle = () => temporal.client.schedule.getHandle(ensureSyncsScheduleId);
const intervalMs = async () => (await handle().describe()).spec.intervals?.[0]?.every;

it('a schedule of an earlier version follows today’s, and stays paused where an operator paused it', async () => {
  await temporal.client.schedule.create({
    scheduleId: ensureSyncsScheduleId,
    spec: { intervals: [{ every: '7m' }] },
    action: { type: 'startWorkflow', workflowType: ensureSyncsType, taskQueue: 'another' },
  });
  await handle().pause('by an operator');
  await ensureSchedules(temporal.client);
  const { action, state, policies } = await handle().describe();
  const first = { taskQueue: syncQueue, priority: { priorityKey: 1 } };
  expect(action).toMatchObject({ ...first, workflowType: ensureSyncsType });
  expect(policies.overlap).toBe('SKIP');
  expect(state).toMatchObject({ paused: true, note: 'by an operator' });
  expect(await intervalMs()).toBe(5 * 60_000);
  for (const id of [endOrphansScheduleId, retentionScheduleId]) {
    const described = await temporal.client.schedule.getHandle(id).describe();
    expect(described.action).toMatchObject(first);
  }
});

it('what an operator changed stays until our own definition changes', async () => {
  await ensureSchedules(temporal.client);
  await handle().update((previous) => ({ ...previous, spec: { intervals: [{ every: '15m' }] } }));
  await ensureSchedules(temporal.client);
  expect(await intervalMs()).toBe(15 * 60_000);
});
