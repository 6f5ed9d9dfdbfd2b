/** Figures for operators, without any label that names a user. */
import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';

export interface Metrics {
  registry: Registry;
  /** Requests for a sync, by what came of them. */
  requests: Counter<'outcome'>;
  /** Answers of the REST API and of tRPC, by status class. */
  responses: Counter<'api' | 'status'>;
}

export function createMetrics(gauges: { watchedUsers(): number }): Metrics {
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
