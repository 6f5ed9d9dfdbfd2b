import { recordSchedule } from '../db/queries/sync-settings.ts';
import type { SyncActivities } from './contract.ts';
import type { SyncDeps } from './deps.ts';

export function createRecordSchedule({ orm }: SyncDeps): SyncActivities['recordSchedule'] {
  return ({ nextSyncAt, ...change }) =>
    recordSchedule(orm.em.fork(), { ...change, nextSyncAt: nextSyncAt === null ? null : new Date(nextSyncAt) });
}
