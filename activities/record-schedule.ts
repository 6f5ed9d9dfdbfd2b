import { recordSchedule } from '#db/queries/sync-settings.ts';
import type { SyncActivities } from '#domain/activities.ts';
import type { SyncDeps } from './deps.ts';

export function createRecordSchedule({ orm }: SyncDeps): SyncActivities['recordSchedule'] {
  return async ({ nextSyncAt, ...change }) => {
    const due = nextSyncAt === null ? null : new Date(nextSyncAt);
    const recorded = await recordSchedule(orm.em.fork(), { ...change, nextSyncAt: due });
    return recorded && { nextSyncAt: recorded.nextSyncAt?.getTime() ?? null };
  };
}
