import { stopAttempts } from '#db/queries/sync-jobs.ts';
import type { SyncActivities } from '#domain/activities.ts';
import type { SyncDeps } from './deps.ts';

export function createStopAttempt({ orm }: SyncDeps): SyncActivities['stopAttempt'] {
  return (input) => stopAttempts(orm.em.fork(), input);
}
