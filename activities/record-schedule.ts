import { recordSchedule } from '#db/queries/schedule.ts';
import { syncDefaults } from '#db/queries/sync-settings.ts';
import type { SyncActivities } from '#domain/activities.ts';
import type { SyncDeps } from './deps.ts';
import { startDeliveries } from './start-deliveries.ts';

export function createRecordSchedule(deps: SyncDeps): SyncActivities['recordSchedule'] {
  return async (input) => {
    const written = await recordSchedule(deps.orm.em.fork(), input, syncDefaults(deps.config));
    if (!written) return undefined;
    const { targets, ...recorded } = written;
    startDeliveries(deps, targets);
    return recorded;
  };
}
