/** Figures for operators, without any label that names a user. */
import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';
import type { PoolFigures } from '#db/pool.ts';
import type { DeliveryFigures } from '#db/queries/delivery-figures.ts';
import { ageQuantiles, type SyncFigures } from '#db/queries/sync-figures.ts';
import { withinMs } from '#platform/within-ms.ts';
import type { QueueStats } from '#temporal/queue-stats.ts';
import type { StatusHub } from './sync/status-hub.ts';

export interface Metrics {
  registry: Registry;
  /** Requests for a sync, by what came of them. */
  requests: Counter<'outcome'>;
  /** Answers by what was asked, see {@link Answered}, and status class. */
  responses: Counter<'api' | 'status'>;
  /** Tools that assistants called, by what came of it. */
  toolCalls: Counter<'tool' | 'outcome'>;
}

/** What answers are counted as. */
export type Answered = 'rest' | 'trpc' | 'mcp' | 'codec' | 'feed' | 'page';

export function countAnswer({ responses }: Metrics, api: Answered, status: number): void {
  responses.inc({ api, status: `${Math.floor(status / 100)}xx` });
}

/** Whoever scrapes waits for ten seconds in all, and what is known of the other parts is worth most while one is silent. */
const readingMs = 4_000;

export interface Gauges {
  hub: Pick<StatusHub, 'watchedUsers'>;
  temporal: { queueStats(): Promise<QueueStats[]> };
  /** 1 or 0; NaN where that cannot be read now. */
  portalCircuitOpen(): Promise<number>;
  syncFigures(): Promise<SyncFigures>;
  deliveryFigures(): Promise<DeliveryFigures[]>;
  /** What the process needs, and whether it answers. */
  health(): Promise<Record<'postgres' | 'temporal', boolean>>;
  /** Connections to PostgreSQL, by pool. */
  pools: Record<string, () => PoolFigures>;
}

export function createMetrics(gauges: Gauges): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  // Before those that take a connection for what they read.
  addPoolGauge(gauges, registers);
  addPartGauge(gauges, registers);
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
      this.set(await withinMs(readingMs, gauges.portalCircuitOpen()).catch(() => Number.NaN));
    },
  });
  addQueueGauges(gauges, registers);
  addSyncGauges(gauges, registers);
  addDeliveryGauges(gauges, registers);
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
      help: 'Answers by what was asked (rest, trpc, mcp, codec, feed, page) and status class',
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
        const queues = await withinMs(readingMs, temporal.queueStats()).catch(() => []);
        for (const stats of queues) this.set({ queue: stats.queue, kind: stats.kind }, figure(stats));
      },
    });
}

/** No figure where PostgreSQL does not answer. */
function addSyncGauges({ syncFigures }: Gauges, registers: Registry[]): void {
  let reading: Promise<SyncFigures | null> | undefined;
  // The gauges of one scrape are collected at once, and share what is read.
  const figures = () =>
    (reading ??= withinMs(readingMs, syncFigures())
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
  new Gauge({
    name: 'gibney_sync_overdue_seconds',
    help: 'For how long the next sync should have begun, of users whose syncs go on, by share of them',
    labelNames: ['quantile'],
    registers,
    async collect() {
      const read = await figures();
      this.reset();
      for (const [index, late] of read?.overdue?.entries() ?? []) this.set({ quantile: ageQuantiles[index]! }, late);
    },
  });
}

const deliveryGauges = {
  gibney_deliveries_undelivered: [
    'Deliveries that are due, or were tried and not taken',
    ({ undelivered }: DeliveryFigures) => undelivered,
  ],
  gibney_deliveries_overdue_seconds: [
    'For how long the first of those that are due has not been tried',
    ({ overdueSeconds }: DeliveryFigures) => overdueSeconds,
  ],
} as const;

/** No figure where PostgreSQL does not answer. */
function addDeliveryGauges({ deliveryFigures }: Gauges, registers: Registry[]): void {
  let reading: Promise<DeliveryFigures[]> | undefined;
  const figures = () =>
    (reading ??= withinMs(readingMs, deliveryFigures())
      .catch(() => [])
      .finally(() => (reading = undefined)));
  for (const [name, [help, figure]] of Object.entries(deliveryGauges))
    new Gauge({
      name,
      help: `${help}, by channel`,
      labelNames: ['channel'],
      registers,
      async collect() {
        const read = await figures();
        this.reset();
        for (const one of read) this.set({ channel: one.channel }, figure(one));
      },
    });
}

/** A figure whatever is away: this is what says so. */
function addPartGauge({ health }: Gauges, registers: Registry[]): void {
  new Gauge({
    name: 'gibney_part_up',
    help: '1 while this process reaches the part, 0 while it does not',
    labelNames: ['part'],
    registers,
    async collect() {
      for (const [part, isUp] of Object.entries(await health())) this.set({ part }, isUp ? 1 : 0);
    },
  });
}

function addPoolGauge({ pools }: Gauges, registers: Registry[]): void {
  new Gauge({
    name: 'gibney_database_connections',
    help: 'Connections of this process to PostgreSQL, by pool and state; `waiting` are requests for one',
    labelNames: ['pool', 'state'],
    registers,
    collect() {
      for (const [pool, figures] of Object.entries(pools))
        for (const [state, count] of Object.entries(figures())) this.set({ pool, state }, count as number);
    },
  });
}
