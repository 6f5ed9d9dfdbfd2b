import { Context } from '@temporalio/activity';
import { whichExist } from '#db/queries/users.ts';
import type { EndedOrphans, SyncActivities } from '#domain/activities.ts';
import type { SyncDeps } from './deps.ts';
import { createWalk, inParallel } from './walk.ts';

/** A workflow that was told to stop may have a browser to close, or a dead worker's heartbeats to wait for. */
const usualStopMs = 60_000;

/** How many are told to stop and waited for at the same time. */
const width = 10;

/** Ends workflows whose user is gone, for example where the account was deleted while Temporal was away. */
export function createEndOrphans(deps: SyncDeps, stopMs = usualStopMs): SyncActivities['endOrphans'] {
  return async () => {
    const walk = createWalk(null);
    const done: EndedOrphans = { stopped: 0, terminated: 0 };
    try {
      // A page is listed before its users are read: a workflow on it whose user does not exist then belongs to nobody.
      for await (const userIds of deps.temporal.listRunning()) {
        walk.check();
        const existing = await whichExist(deps.orm.em.fork(), userIds);
        const orphaned = userIds.filter((id) => !existing.has(id));
        await inParallel(orphaned, width, async (userId) => {
          const how = await end(deps, userId, stopMs);
          if (how !== null) done[how] += 1;
        });
      }
    } finally {
      walk.end();
    }
    if (done.stopped + done.terminated > 0)
      Context.current().log.warn('Workflows without a user were ended', { ...done });
    return done;
  };
}

async function end({ temporal }: SyncDeps, userId: string, stopMs: number): Promise<keyof EndedOrphans | null> {
  const { log, cancellationSignal } = Context.current();
  try {
    await temporal.stop(userId);
    const time = AbortSignal.any([cancellationSignal, AbortSignal.timeout(stopMs)]);
    if (await temporal.hasEnded(userId, time)) return 'stopped';
    log.error('A workflow without a user did not stop and is terminated', { userId });
    return (await temporal.terminate(userId, 'its user does not exist and it did not stop')) ? 'terminated' : 'stopped';
  } catch (error) {
    // The others are ended all the same, and this one tomorrow.
    log.error('A workflow without a user cannot be ended', {
      userId,
      error: error instanceof Error ? error.name : typeof error,
    });
    return null;
  }
}
