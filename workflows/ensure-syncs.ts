/** Started by a schedule every few minutes: starts workflows that are missing, and replaces runs that are stuck. */
import { proxyActivities } from '@temporalio/workflow';
import type { EnsuredSyncs, SyncActivities } from '#domain/activities.ts';
import { maintenance } from './maintenance-options.ts';

const activities = proxyActivities<SyncActivities>({
  ...maintenance,
  // A second in all where nothing is amiss; after a loss of all workflows as long as the server takes to start them.
  startToCloseTimeout: '20m',
  summary: 'Start missing syncs, replace stuck ones',
});

export async function ensureSyncs(): Promise<EnsuredSyncs> {
  return activities.ensureSyncs();
}
