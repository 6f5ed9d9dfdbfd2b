import { recordSchedule } from '#db/queries/schedule.ts';
import { syncDefaults } from '#db/queries/sync-settings.ts';
import type { SyncActivities } from '#domain/activities.ts';
import type { SyncDeps } from './deps.ts';

export function createRecordSchedule({ orm, config }: SyncDeps): SyncActivities['recordSchedule'] {
  return (input) => recordSchedule(orm.em.fork(), input, syncDefaults(config));
}
