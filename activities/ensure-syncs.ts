import { TemporalUnavailableError } from '#platform/errors.ts';
import { Context } from '@temporalio/activity';
import { WorkflowNotFoundError } from '@temporalio/client';
import { interruptJob, listLongActiveJobs, type ActiveJob } from '#db/queries/left-over-jobs.ts';
import { listUsers, whichExist } from '#db/queries/users.ts';
import { userIdOf, userSyncId, userSyncType } from '#workflows/names.ts';
import type { EnsuredSyncs, SyncActivities } from '#domain/activities.ts';
import type { SyncDeps } from './deps.ts';

/** Times and sizes; tests take smaller ones. */
export interface ReconcilerLimits {
  /** Users that are read at once. */
  pageSize: number;
  /** A workflow that was told to stop may have a browser to close, or a dead worker's heartbeats to wait for. */
  stopMs: number;
  /** A sync may wait ten minutes for a browser; five more are for storing while the database was away. */
  activeMarginMs: number;
}

const usualLimits: ReconcilerLimits = { pageSize: 500, stopMs: 60_000, activeMarginMs: 15 * 60_000 };

/**
 * Holds the workflows and the jobs against the users: starts a workflow for each connected user without one, be it
 * missing or failed, tells those that let a sync fall overdue to look again, ends workflows whose user is gone, and closes
 * jobs that nobody works on. So whatever a workflow was not told because Temporal was away is made up for within minutes.
 */
export function createEnsureSyncs(deps: SyncDeps, limits = usualLimits): SyncActivities['ensureSyncs'] {
  return async () => {
    // Listed before the users are read: a workflow on the list whose user is not there then belongs to nobody.
    const running = await runningUserIds(deps.temporal.client);
    const { started, told } = await startOrTell(deps, running, limits);
    const { stopped, terminated } = await endOrphaned(deps, running, limits);
    const interrupted = await closeLeftOverJobs(deps, limits);
    return said({ started, told, stopped, terminated, interrupted });
  };
}

function said(done: EnsuredSyncs): EnsuredSyncs {
  if (Object.values(done).some((count) => count > 0))
    Context.current().log.warn('The reconciler had to act', { ...done });
  return done;
}

async function runningUserIds(client: SyncDeps['temporal']['client']): Promise<Set<string>> {
  const { heartbeat } = Context.current();
  const running = new Set<string>();
  const query = `WorkflowType = '${userSyncType}' AND ExecutionStatus = 'Running'`;
  for await (const { workflowId } of client.workflow.list({ query, pageSize: 1_000 })) {
    const userId = userIdOf(workflowId);
    if (userId !== null) running.add(userId);
    if (running.size % 1_000 === 0) heartbeat();
  }
  return running;
}

/** One after the other: after a loss of all workflows this must not become a load of its own. */
async function startOrTell({ orm, temporal }: SyncDeps, running: Set<string>, { pageSize }: ReconcilerLimits) {
  const { heartbeat, log } = Context.current();
  const done = { started: 0, told: 0 };
  for (let after: string | null = null; ;) {
    const users = await listUsers(orm.em.fork(), after, pageSize);
    for (const { id, connected, overdue } of users) {
      const missing = connected && !running.has(id);
      if (!missing && !overdue) continue;
      log.warn(missing ? 'A workflow was missing and is started' : 'A sync is overdue', { userId: id });
      if (await isTold(temporal, id)) done[missing ? 'started' : 'told'] += 1;
      heartbeat();
    }
    heartbeat();
    if (users.length < pageSize) return done;
    after = users.at(-1)!.id;
  }
}

/** One workflow that takes no messages must not keep the others from being looked after. */
async function isTold({ settingsChanged }: SyncDeps['temporal'], userId: string): Promise<boolean> {
  try {
    await settingsChanged(userId);
    return true;
  } catch (error) {
    if (error instanceof TemporalUnavailableError) throw error;
    const name = error instanceof Error ? error.name : typeof error;
    Context.current().log.error('A workflow cannot be started or told', { userId, error: name });
    return false;
  }
}

async function endOrphaned({ orm, temporal }: SyncDeps, running: Set<string>, { pageSize, stopMs }: ReconcilerLimits) {
  const { heartbeat, log } = Context.current();
  const orphaned: string[] = [];
  for (const userIds of chunks([...running], pageSize)) {
    const existing = await whichExist(orm.em.fork(), userIds);
    orphaned.push(...userIds.filter((id) => !existing.has(id)));
    heartbeat();
  }
  for (const userId of orphaned) await temporal.stop(userId);
  const deadline = Date.now() + stopMs;
  let terminated = 0;
  for (const userId of orphaned) {
    heartbeat();
    if (await hasEnded(temporal.client, userId, deadline)) continue;
    log.error('A workflow without a user did not stop and is terminated', { userId });
    if (await terminate(temporal.client, userId)) terminated += 1;
  }
  return { stopped: orphaned.length - terminated, terminated };
}

function chunks<Item>(items: Item[], size: number): Item[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}

/** Waits for the end, however it comes, until the deadline. */
async function hasEnded(client: SyncDeps['temporal']['client'], userId: string, deadline: number): Promise<boolean> {
  const { heartbeat, cancellationSignal } = Context.current();
  const handle = client.workflow.getHandle(userSyncId(userId));
  const pulse = setInterval(heartbeat, 5_000);
  try {
    const time = AbortSignal.any([cancellationSignal, AbortSignal.timeout(Math.max(1, deadline - Date.now()))]);
    return (
      (await client
        .withAbortSignal(time, () => handle.result())
        .then(
          () => true,
          // The result does not matter: whether it runs is asked below.
          () => false,
        )) || !(await isRunning(client, userId))
    );
  } finally {
    clearInterval(pulse);
  }
}

async function isRunning(client: SyncDeps['temporal']['client'], userId: string): Promise<boolean> {
  try {
    const { status } = await client.workflow.getHandle(userSyncId(userId)).describe();
    return status.name === 'RUNNING' || status.name === 'PAUSED';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}

async function terminate(client: SyncDeps['temporal']['client'], userId: string): Promise<boolean> {
  try {
    await client.workflow.getHandle(userSyncId(userId)).terminate('its user does not exist and it did not stop');
    return true;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false; // it ended by itself in between
    throw error;
  }
}

/** Jobs that are active for longer than a sync can be, and that no workflow works on. */
async function closeLeftOverJobs({ orm, temporal, config }: SyncDeps, { pageSize, activeMarginMs }: ReconcilerLimits) {
  const { heartbeat, log } = Context.current();
  const longest = config.SYNC_TIMEOUT_SECONDS * 1_000 + activeMarginMs;
  let interrupted = 0;
  for (const job of await listLongActiveJobs(orm.em.fork(), longest, pageSize)) {
    heartbeat();
    if (await isWorkedOn(temporal, job)) continue;
    if (!(await interruptJob(orm.em.fork(), job))) continue;
    interrupted += 1;
    log.warn('A job that nobody worked on is closed as interrupted', { userId: job.userId, jobId: job.id });
  }
  return interrupted;
}

async function isWorkedOn({ client, readStatus }: SyncDeps['temporal'], { id, userId }: ActiveJob): Promise<boolean> {
  if (!(await isRunning(client, userId))) return false;
  try {
    return (await readStatus(userId))?.job?.id === id;
  } catch (error) {
    if (!(error instanceof TemporalUnavailableError)) throw error;
    return true; // it cannot say now; the next run asks again
  }
}
