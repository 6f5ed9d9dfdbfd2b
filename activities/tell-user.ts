import { tellLongFailure } from '#db/queries/long-failures.ts';
import type { SyncActivities } from '#domain/activities.ts';
import type { SyncDeps } from './deps.ts';
import { startDeliveries } from './start-deliveries.ts';

/** The outbox tells it: as is chosen, once, and for as long as it takes. */
export function createTellUser({ orm, temporal }: Pick<SyncDeps, 'orm' | 'temporal'>): SyncActivities['tellUser'] {
  return async ({ userId, notice }) => {
    startDeliveries({ orm, temporal }, await tellLongFailure(orm.em.fork(), userId, notice));
  };
}
