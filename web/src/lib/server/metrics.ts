/** Figures for operators, without any label that names a user. */
import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';
import { ageQuantiles, type SyncFigures } from '#db/queries/sync-figures.ts';
import type { QueueStats } from '#temporal/queue-stats.ts';
import type { StatusHub } from './sync/status-hub.ts';

export interface Metrics {
  registry: Registry;
  /** Requests for a sync, by what came of them. */
  requests: Counter<'outcome'>;
  /** Answers of the REST API, of tRPC and to assistants, by status class. */
  responses: Counter<'api' | 'status'>;
  /** Tools that assistants called, by what came of it. */
  toolCalls: Counter<'tool' | 'outcome'>;
}

export interface Gauges {
  hub: Pick<StatusHub, 'watchedUsers'>;
  temporal: { queueStats(): Promise<QueueStats[]> };
  /** 1 or 0; NaN where that cannot be read now. */
  portalCircuitOpen(): Promise<number>;
  syncFigures(): Promise<SyncFigures>;
  /** Connections to PostgreSQL: how many there are, how many of them are idle, and who waits for one. */
  pool: { totalCount: number; idleCount: number; waitingCount: number };
}

export function createMetrics(gauges: Gauges): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  new Gauge({
    name: 'gibney_watched_users',
    help: 'Users with an open dashboard in this process',
    registers,
    collect() {
      this.set(gauges.hub.watchedUsers());
    },
  });
  new Gauge({
    name: 'gibney_portal_circuit_open',
    help: '1 while scheduled syncs are held back because the portal fails for many users',
    registers,
    async collect() {
      this.set(await gauges.portalCircuitOpen());
    },
  });
  addQueueGauges(gauges, registers);
  addSyncGauges(gauges, registers);
  addPoolGauge(gauges, registers);
  return {
    registry,
    requests: new Counter({
      name: 'gibney_sync_requests_total',
      help: 'Requests for a sync, by outcome: started, joined or failed',
      labelNames: ['outcome'],
      registers,
    }),
    responses: new Counter({
      name: 'gibney_api_responses_total',
      help: 'Answers of the API, by status class',
      labelNames: ['api', 'status'],
      registers,
    }),
    toolCalls: new Counter({
      name: 'gibney_mcp_tool_calls_total',
      help: 'Tools that assistants called, by outcome: ok or the code of the error',
      labelNames: ['tool', 'outcome'],
      registers,
    }),
  };
}

const queueGauges = {
  gibney_queue_waiting: ['Tasks that wait for a worker, roughly', ({ waiting }: QueueStats) => waiting],
  gibney_queue_oldest_seconds: [
    'How long the first of them has waited',
    ({ oldestSeconds }: QueueStats) => oldestSeconds,
  ],
} as const;

/** No figure where Temporal does not answer. */
function addQueueGauges({ temporal }: Gauges, registers: Registry[]): void {
  for (const [name, [help, figure]] of Object.entries(queueGauges))
    new Gauge({
      name,
      help: `${help}, by Temporal's task queue and the kind of task`,
      labelNames: ['queue', 'kind'],
      registers,
      async collect() {
        this.reset();
        const queues = await temporal.queueStats().catch(() => []);
        for (const stats of queues) this.set({ queue: stats.queue, kind: stats.kind }, figure(stats));
      },
    });
}

/** No figure where PostgreSQL does not answer. */
function addSyncGauges({ syncFigures }: Gauges, registers: Registry[]): void {
  let reading: Promise<SyncFigures | null> | undefined;
  // The gauges of one scrape are collected at once, and share what is read.
  const figures = () =>
    (reading ??= syncFigures()
      .catch(() => null)
      .finally(() => (reading = undefined)));
  new Gauge({
    name: 'gibney_accounts',
    help: 'Portal accounts, by whether they are synced, and by why not',
    labelNames: ['state', 'reason'],
    registers,
    async collect() {
      const read = await figures();
      this.reset();
      for (const { state, reason, count } of read?.accounts ?? []) this.set({ state, reason }, count);
    },
  });
  new Gauge({
    name: 'gibney_last_sync_age_seconds',
    help: 'Since the last sync that completed, of users whose syncs go on, by share of them',
    labelNames: ['quantile'],
    registers,
    async collect() {
      const read = await figures();
      this.reset();
      for (const [index, age] of read?.ages?.entries() ?? []) this.set({ quantile: ageQuantiles[index]! }, age);
    },
  });
}

function addPoolGauge({ pool }: Gauges, registers: Registry[]): void {
  new Gauge({
    name: 'gibney_database_connections',
    help: 'Connections of this process to PostgreSQL, by state; `waiting` are requests for one',
    labelNames: ['state'],
    registers,
    collect() {
      this.set({ state: 'used' }, pool.totalCount - pool.idleCount);
      this.set({ state: 'idle' }, pool.idleCount);
      this.set({ state: 'waiting' }, pool.waitingCount);
    },
  });
}
