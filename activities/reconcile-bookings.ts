import { ApplicationFailure } from '@temporalio/activity';
import { reconcileBookings, ReconcileRefusedError } from '#db/queries/reconcile-bookings.ts';
import { notifyStatusChanged } from '#db/queries/sync-jobs.ts';
import type { SyncActivities } from '#domain/activities.ts';
import type { SyncDeps } from './deps.ts';

/** A refusal cannot be mended by trying again, so it fails the sync as `internal`; a database that is away can. */
export function createReconcileBookings({ orm }: SyncDeps): SyncActivities['reconcileBookings'] {
  return async (input) => {
    const em = orm.em.fork();
    // The workflow says "processing" from the moment it asked for this; whoever watches is told to look.
    await notifyStatusChanged(em, input.userId);
    try {
      return await reconcileBookings(em, input);
    } catch (error) {
      if (!(error instanceof ReconcileRefusedError)) throw error;
      throw ApplicationFailure.create({ type: 'internal', nonRetryable: true, message: error.message });
    }
  };
}
