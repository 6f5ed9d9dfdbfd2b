/** Started by a schedule once a day: deletes what is past its time. */
import { proxyActivities } from '@temporalio/workflow';
import type { DeletedByRetention, SyncActivities } from '#domain/activities.ts';
import { maintenance } from './maintenance-options.ts';

const activities = proxyActivities<SyncActivities>({
  ...maintenance,
  // Small batches: it may take long where much is to be deleted.
  startToCloseTimeout: '2h',
  summary: 'Delete what is past its time',
});

export async function retention(): Promise<DeletedByRetention> {
  // The server's clock: a worker whose own clock runs ahead must not delete anything too early.
  return activities.applyRetention({ now: Date.now() });
}
