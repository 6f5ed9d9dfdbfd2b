import { Context } from '@temporalio/activity';
import * as bulk from '#db/queries/bulk-operations.ts';
import type { SyncActivities } from '#domain/activities.ts';
import type { BulkAction } from '#domain/bulk.ts';
import type { SyncDeps } from './deps.ts';
import { inParallel } from './walk.ts';

/** Signals at the same time. */
const width = 5;

/** Does what was ordered to the next users. One that is repeated goes on with those who are not written down as done. */
export function createRunBulkBatch({ orm, temporal }: SyncDeps): SyncActivities['runBulkBatch'] {
  const act: Record<BulkAction, (userId: string) => Promise<void>> = {
    sync: (userId) => temporal.syncInBackground(userId),
    pause: (userId) => temporal.pause(userId),
    resume: (userId) => temporal.resume(userId),
  };
  return async ({ bulkId: id, limit }) => {
    const { cancellationSignal } = Context.current();
    const turn = await bulk.takeBulkBatch(orm.em.fork(), { id, limit });
    if (!turn) return { done: 0, skipped: 0, left: 0 };
    const { action, userIds, skipped } = turn;
    await inParallel(userIds, width, async (userId) => {
      cancellationSignal.throwIfAborted();
      await act[action](userId);
      await bulk.recordBulkDone(orm.em.fork(), { id, userId });
    });
    return { done: userIds.length, skipped, left: await bulk.countBulkLeft(orm.em.fork(), id) };
  };
}

export function createFinishBulk({ orm }: SyncDeps): SyncActivities['finishBulk'] {
  return ({ bulkId, state }) => bulk.finishBulk(orm.em.fork(), bulkId, state);
}
