import { ApplicationFailure, log } from '@temporalio/activity';
import type { EntityManager } from '@mikro-orm/postgresql';
import { reconcileBookings, ReconcileRefusedError } from '#db/queries/reconcile-bookings.ts';
import { unknownStatuses } from '#db/queries/staged-rentals.ts';
import { recordProgress } from '#db/queries/sync-jobs.ts';
import type { ReconcileBookingsInput, SyncActivities } from '#domain/activities.ts';
import type { SyncDeps } from './deps.ts';

/** Trying again cannot mend a refusal, so it fails the sync as `internal`; a database that is away can be waited for. */
export function createReconcileBookings({ orm }: SyncDeps): SyncActivities['reconcileBookings'] {
  const told = new Set<string>();
  return async (input) => {
    const em = orm.em.fork();
    const { count } = input;
    await recordProgress(em, { ...input, phase: 'processing', done: count, total: count });
    try {
      const result = await reconcileBookings(em, input);
      if (result.outcome === 'stored') await tellUnknownStatuses(em, input, told);
      return result;
    } catch (error) {
      if (!(error instanceof ReconcileRefusedError)) throw error;
      throw ApplicationFailure.create({ type: 'internal', nonRetryable: true, message: error.message });
    }
  };
}

/** More would be noise rather than statuses, and this is kept for as long as the worker runs. */
const mostTold = 200;

/** To the operators, each once. */
async function tellUnknownStatuses(em: EntityManager, { jobId, attempt }: ReconcileBookingsInput, told: Set<string>) {
  for (const status of await unknownStatuses(em, jobId, attempt)) {
    if (told.has(status) || told.size >= mostTold) continue;
    told.add(status);
    log.warn('A rental status is unknown and counts as busy; add it to domain/rental-status.ts', { status });
  }
}
