/** Figures for operators, without any label that names a user. */
import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';

export interface Metrics {
  registry: Registry;
  /** Requests for a sync, by what came of them. */
  requests: Counter<'outcome'>;
  /** Answers of the REST API and of tRPC, by status class. */
  responses: Counter<'api' | 'status'>;
}

export interface Gauges {
  watchedUsers(): number;
  /** 1 or 0; NaN where that cannot be read now. */
  portalCircuitOpen(): Promise<number>;
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
      this.set(gauges.watchedUsers());
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
  };
}
