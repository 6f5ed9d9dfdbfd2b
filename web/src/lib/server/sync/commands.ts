/** What a user can tell the sync. After each verb the watchers are notified, so that every open page sees what came of it. */
import type { z } from 'zod';
import { isActive, type PausedBy } from '#domain/sync-states.ts';
import type { RequestSyncResult } from '#domain/sync.ts';
import { awaitedNotified } from '#db/queries/awaited-syncs.ts';
import { notifyStatusChanged } from '#db/queries/sync-jobs.ts';
import { ApiError } from '../errors.ts';
import type { syncRequest } from '../schemas/inputs.ts';
import type { Services } from '../services.ts';
import { readJob } from './history.ts';

/** Throws `no_credentials`, `invalid_credentials`, `account_locked`, `verification_required`, `action_required`, `paused`, `rate_limited`. */
export async function requestSync(
  services: Services,
  userId: string,
  { options }: z.output<typeof syncRequest>,
): Promise<RequestSyncResult> {
  await services.limits.take('sync', userId);
  let waitsInQueue = false;
  try {
    const result = await services.requestSync(userId, options ? { options } : {});
    services.metrics.requests.inc({ outcome: result.joined ? 'joined' : 'started' });
    if (!result.joined && !result.queuedAfter && result.status === 'pending')
      services.hub.accepted(userId, result.jobId);
    // Of a new one, the workers are told as its job is opened.
    waitsInQueue = result.joined && result.status === 'pending';
    return result;
  } catch (error) {
    services.metrics.requests.inc({ outcome: 'failed' });
    throw error;
  } finally {
    await notifyWatchers(services, userId, waitsInQueue ? [awaitedNotified] : []);
  }
}

export async function cancelSync(services: Services, userId: string, jobId?: string): Promise<void> {
  await services.syncClient.cancelSync(userId, jobId);
  await notifyWatchers(services, userId);
}

/** Only that job, also where it waits for another. Throws `not_under_way`, and `not_found`, also for another user's job. */
export async function cancelJob(services: Services, userId: string, jobId: string): Promise<void> {
  const status = await services.syncClient.readStatus(userId);
  const active = [isActive(status?.job) && status?.job?.id, status?.queuedJobId];
  if (active.includes(jobId)) return cancelSync(services, userId, jobId);
  await readJob(services, userId, jobId);
  throw new ApiError('not_under_way', 'This sync has ended. There is nothing to cancel.');
}

/** Until `resumeSync`, or until that time. Without `by`: as the user wished. */
export async function pauseSync(
  services: Services,
  userId: string,
  { until, by }: { until?: Date | null; by?: PausedBy } = {},
): Promise<void> {
  await services.syncClient.pause(userId, { ...(until && { until }), ...(by && { by }) });
  await notifyWatchers(services, userId);
}

export async function resumeSync(services: Services, userId: string): Promise<void> {
  await services.syncClient.resume(userId);
  await notifyWatchers(services, userId);
}

/** A notification that is lost costs a second at most, so it never fails what it follows. */
export async function notifyWatchers(
  { orm, log, hub }: Pick<Services, 'orm' | 'log' | 'hub'>,
  userId: string,
  others: Parameters<typeof notifyStatusChanged>[2] = [],
): Promise<void> {
  hub.outdated(userId);
  try {
    await notifyStatusChanged(orm.em.fork(), userId, others);
  } catch (error) {
    log.warn({ err: error, userId }, 'could not notify the watchers');
  }
}
