import { readSyncState, syncDefaults } from '#db/queries/sync-settings.ts';
import type { SyncActivities } from '#domain/activities.ts';
import type { SyncDeps } from './deps.ts';

export function createReadSyncState({ orm, config }: SyncDeps): SyncActivities['readSyncState'] {
  return ({ userId }) => readSyncState(orm.em.fork(), userId, syncDefaults(config));
}
