/** Started by a schedule once a day: ends the workflows whose user is gone. */
import { proxyActivities } from '@temporalio/workflow';
import type { EndedOrphans, SyncActivities } from '#domain/activities.ts';
import { maintenance } from './maintenance-options.ts';

const activities = proxyActivities<SyncActivities>({
  ...maintenance,
  // Lists all running workflows, a thousand at a time.
  startToCloseTimeout: '1h',
  summary: 'End workflows without a user',
});

export async function endOrphans(): Promise<EndedOrphans> {
  return activities.endOrphans();
}
