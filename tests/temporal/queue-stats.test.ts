import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createMetrics } from '#lib/server/metrics.ts';
import { createSyncClient, type TemporalSyncClient } from '#temporal/client.ts';
import { claimTemporal } from '../support/index.ts';
import { until } from '../support/until.ts';

let temporal: TemporalSyncClient;
const access = { TEMPORAL_API_KEY: undefined, TEMPORAL_TLS: false };

beforeAll(() => {
  const { address: TEMPORAL_ADDRESS, namespace: TEMPORAL_NAMESPACE } = claimTemporal();
  temporal = createSyncClient({ TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, ...access });
});
afterAll(() => temporal.close());

const metricsOf = (part: Pick<TemporalSyncClient, 'queueStats'>) =>
  createMetrics({
    hub: { watchedUsers: () => 0 },
    temporal: part,
    portalCircuitOpen: async () => 0,
    syncFigures: async () => ({ accounts: [], ages: null, overdue: null }),
    deliveryFigures: async () => [],
    health: async () => ({ postgres: true, temporal: true }),
    pools: {},
  }).registry.metrics();

it('what waits for a worker is among the metrics, and no figure where Temporal does not answer', async () => {
  await temporal.settingsChanged(randomUUID());
  await until('the task is counted', async () => (await temporal.queueStats()).some(({ waiting }) => waiting > 0));
  const metrics = await metricsOf(temporal);
  expect(metrics).toContain('gibney_queue_waiting{queue="sync",kind="workflow"} 1');
  expect(metrics).toContain('gibney_queue_waiting{queue="portal",kind="activity"} 0');
  expect(metrics).toContain('gibney_queue_waiting{queue="calendars",kind="activity"} 0');
  expect(metrics).toContain('gibney_queue_waiting{queue="maintenance",kind="activity"} 0');
  expect(metrics).toMatch(/gibney_queue_oldest_seconds\{queue="sync",kind="workflow"\} \d/);
  const away = await metricsOf({ queueStats: () => Promise.reject(new Error('no answer')) });
  expect(away).not.toMatch(/gibney_queue_waiting\{/);
});
