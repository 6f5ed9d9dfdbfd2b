import { closeSyncJob } from '../db/queries/close-sync-job.ts';
import { syncDefaults } from '../db/queries/sync-settings.ts';
import type { SyncActivities } from './contract.ts';
import type { SyncDeps } from './deps.ts';

/** A database that is away is waited for: the workflow retries this without end. */
export function createCloseSyncJob({ orm, config }: SyncDeps): SyncActivities['closeSyncJob'] {
  return (input) => closeSyncJob(orm.em.fork(), input, syncDefaults(config));
}
