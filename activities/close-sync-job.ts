import { Context } from '@temporalio/activity';
import { closeSyncJob, type JobEnd } from '#db/queries/close-sync-job.ts';
import { readPortalCircuit } from '#db/queries/portal-circuit.ts';
import { syncDefaults } from '#db/queries/sync-settings.ts';
import type { CloseSyncJobInput, SyncActivities } from '#domain/activities.ts';
import type { SyncDeps } from './deps.ts';

/** A database that is away is waited for: the workflow retries this without end. */
export function createCloseSyncJob(deps: SyncDeps): SyncActivities['closeSyncJob'] {
  return async (input) => {
    const { circuit, notice, ...closed } = await closeSyncJob(deps.orm.em.fork(), input, syncDefaults(deps.config));
    if (circuit !== null) await announce(deps, circuit);
    if (notice !== null) await tell(deps, input, notice);
    return closed;
  };
}

/** The job is closed: what fails from here on must neither repeat nor fail that. */
async function announce({ orm }: SyncDeps, circuit: NonNullable<JobEnd['circuit']>): Promise<void> {
  const { log } = Context.current();
  if (circuit === 'closed') {
    log.info('The portal is back: scheduled syncs go on');
    return;
  }
  const reason = await readPortalCircuit(orm.em.fork()).then(
    (row) => row.reason,
    () => null, // it only tells more
  );
  log.error('The portal fails for many users: scheduled syncs are held back until one succeeds', { reason });
}

async function tell({ tellUser }: SyncDeps, { userId }: CloseSyncJobInput, notice: NonNullable<JobEnd['notice']>) {
  const { log } = Context.current();
  log.warn('The syncs of a user have failed for days', { userId, notice });
  await tellUser?.(userId, notice).catch((error: unknown) => {
    log.warn('The user was not told', { userId, notice, error: error instanceof Error ? error.name : typeof error });
  });
}
