import { readSyncState, syncDefaults } from '#db/queries/sync-settings.ts';
import type { SyncActivities } from '#domain/activities.ts';
import type { SyncDeps } from './deps.ts';

export function createReadSyncState({ orm, config }: SyncDeps): SyncActivities['readSyncState'] {
  return (input) => readSyncState(orm.em.fork(), input, syncDefaults(config));
}
