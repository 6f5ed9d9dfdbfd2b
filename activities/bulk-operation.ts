import { Context } from '@temporalio/activity';
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import * as bulk from '#db/queries/bulk-operations.ts';
import type { SyncActivities } from '#domain/activities.ts';
import type { BulkAction } from '#domain/bulk.ts';
import { TemporalUnavailableError } from '#platform/errors.ts';
import type { SyncDeps } from './deps.ts';
import { inParallel } from './walk.ts';

/** Signals at the same time. */
const width = 5;

/** About eight minutes of the workflow's retries. Temporal hands them out, so what still gets no answer then is about these users. */
const mostAttempts = 20;

/**
 * Does what was ordered to the next users, each by itself: one who cannot be told must not keep the others from it. A repeated
 * one goes on with those who are not recorded as done. Fails, to be tried again, where Temporal answers for none of them.
 */
export function createRunBulkBatch({ orm, temporal }: SyncDeps): SyncActivities['runBulkBatch'] {
  const act: Record<BulkAction, (userId: string) => Promise<void>> = {
    sync: (userId) => temporal.syncInBackground(userId),
    pause: (userId) => temporal.pause(userId, { by: 'operator' }),
    resume: (userId) => temporal.resume(userId),
    // Signals are taken in their order, and a background sync of who is paused is none.
    retry: async (userId) => {
      await temporal.resume(userId);
      await temporal.syncInBackground(userId);
    },
  };
  return async ({ bulkId: id, limit }) => {
    const { cancellationSignal, info, log } = Context.current();
    const turn = await bulk.takeBulkBatch(orm.em.fork(), { id, limit });
    if (!turn) return { done: 0, skipped: 0, left: 0 };
    const { action, userIds, reached } = turn;
    const count = { done: 0, skipped: turn.skipped };
    const away: TemporalUnavailableError[] = [];
    await inParallel(userIds, width, async (userId) => {
      cancellationSignal.throwIfAborted();
      const tell = reached.has(userId) ? () => Promise.resolve() : act[action];
      const error = await tell(userId).catch((thrown: unknown) => thrown);
      if (error === undefined) {
        await bulk.recordBulkDone(orm.em.fork(), { id, userId });
        count.done += 1;
      } else if (error instanceof TemporalUnavailableError && info.attempt < mostAttempts) {
        away.push(error);
      } else {
        log.error('A workflow cannot be told', { userId, error: error instanceof Error ? error.name : typeof error });
        await bulk.recordBulkSkipped(orm.em.fork(), { id, userId });
        count.skipped += 1;
      }
    });
    if (away.length > 0 && away.length === userIds.length) throw failureOf(away[0]!);
    return { ...count, left: await bulk.countBulkLeft(orm.em.fork(), id) };
  };
}

/** Of its own kind, since Temporal's absence is no mistake of ours and the workflow's policy says when to try again. */
function failureOf({ message }: TemporalUnavailableError): ApplicationFailure {
  return ApplicationFailure.create({ type: 'temporal_away', message, category: ApplicationFailureCategory.BENIGN });
}

export function createFinishBulk({ orm }: SyncDeps): SyncActivities['finishBulk'] {
  return ({ bulkId, state }) => bulk.finishBulk(orm.em.fork(), bulkId, state);
}
