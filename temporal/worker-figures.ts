/** What a worker reports about itself in its metrics, besides what the SDK reports. */
import { Runtime } from '@temporalio/worker';
import type { Counted } from '#activities/counters.ts';
import type { PoolFigures } from '#db/pool.ts';

/** So often connections are looked at; whoever scrapes comes every 15 s or so. */
const everyMs = 5_000;

export type WorkerFigures = ReturnType<typeof createWorkerFigures>;

export function createWorkerFigures() {
  const { metricMeter } = Runtime.instance();
  const connections = metricMeter.createGauge(
    'gibney_database_connections',
    'int',
    'connection',
    'Connections of this process to PostgreSQL, by pool and state; `waiting` are requests for one',
  );
  const free = metricMeter.createGauge('gibney_worker_slots_free', 'int', 'slot', 'Slots in which no activity runs');
  const waits = metricMeter.createGauge(
    'gibney_worker_waits_for_database',
    'int',
    'worker',
    '1 while the worker takes no activities, since the database does not answer it',
  );
  return {
    slotsFree: (queue: string, slots: number) => free.set(slots, { task_queue: queue }),
    databaseIsThere: (isThere: boolean) => waits.set(isThere ? 0 : 1),
    /** What first appears with 1 has never risen for Prometheus. Tagged as the SDK does it in an activity. */
    beginAtZero(namespace: string, counted: Counted[]) {
      for (const { name, unit, help, taskQueue, activityType, zeros } of counted) {
        const counter = metricMeter.createCounter(name, unit, help);
        for (const labels of zeros) counter.add(0, { namespace, taskQueue, activityType, ...labels });
      }
    },
    /** Returns what ends it. */
    watchPool(pool: string, read: () => PoolFigures): () => void {
      const look = () => {
        for (const [state, count] of Object.entries(read())) connections.set(count as number, { pool, state });
      };
      look();
      const timer = setInterval(look, everyMs).unref();
      return () => clearInterval(timer);
    },
  };
}
