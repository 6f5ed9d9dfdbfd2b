/** What a worker reports about itself in its metrics, besides what the SDK reports. */
import { Runtime } from '@temporalio/worker';

export function createWorkerFigures() {
  const { metricMeter } = Runtime.instance();
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
  };
}
