import { Context } from '@temporalio/activity';
import { closeSyncJob, type JobEnd } from '#db/queries/close-sync-job.ts';
import { listDue } from '#db/queries/calendar-connections.ts';
import { readPortalCircuit } from '#db/queries/portal-circuit.ts';
import { syncDefaults } from '#db/queries/sync-settings.ts';
import type { CloseSyncJobInput, SyncActivities } from '#domain/activities.ts';
import { count, counters } from './counters.ts';
import type { SyncDeps } from './deps.ts';
import { startDeliveries } from './start-deliveries.ts';
import { safeErrorText } from './failures.ts';

/** A database that is away is waited for: the workflow retries this without end. */
export function createCloseSyncJob(deps: SyncDeps): SyncActivities['closeSyncJob'] {
  return async (input) => {
    const end = await closeSyncJob(deps.orm.em.fork(), input, syncDefaults(deps.config));
    const { circuit, closedNow, targets, ...closed } = end;
    if (closedNow) countEnd(input);
    startDeliveries(deps, targets);
    if (circuit !== null) await announce(deps, circuit);
    await pushCalendars(deps, input.userId);
    return closed;
  };
}

function countEnd({ status, errorCode, triggeredManually }: CloseSyncJobInput): void {
  const trigger = triggeredManually ? 'manual' : 'schedule';
  count(counters.syncsFinished, { status, error_code: errorCode ?? 'none', trigger });
}

/** The job is closed: what fails from here on must neither repeat the closing nor fail it. */
async function announce({ orm }: SyncDeps, circuit: NonNullable<JobEnd['circuit']>): Promise<void> {
  const { log } = Context.current();
  if (circuit === 'closed') {
    log.info('The portal is back: scheduled syncs go on');
    return;
  }
  const reason = await readPortalCircuit(orm.em.fork()).then(
    (row) => row.reason,
    () => null, // it only adds information
  );
  log.error('The portal fails for many users: scheduled syncs are held back until one succeeds', { reason });
}

/** Calendars follow by themselves, and nothing in the sync waits for them. The reconciler finds what is not told here. */
async function pushCalendars({ orm, temporal }: SyncDeps, userId: string): Promise<void> {
  const { log } = Context.current();
  const warn = (error: unknown): void =>
    void log.warn('A calendar was not told of a sync', { userId, error: safeErrorText(error) });
  try {
    for (const id of await listDue(orm.em.fork(), userId)) void temporal.pushCalendar(id).catch(warn);
  } catch (error) {
    warn(error);
  }
}
