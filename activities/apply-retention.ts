import { Context } from '@temporalio/activity';
import * as retention from '#db/queries/retention.ts';
import { artifactsFolder, removeOldArtifacts } from './artifacts/folder.ts';
import type { DeletedByRetention, SyncActivities } from '#domain/activities.ts';
import type { SyncDeps } from './deps.ts';

const dayMs = 24 * 60 * 60_000;

/** Deletes batch by batch, with a heartbeat for each; a repetition goes on with what is left. */
export function createApplyRetention({ orm, config }: SyncDeps): SyncActivities['applyRetention'] {
  return async ({ now }) => {
    const before = new Date(now - config.RETENTION_DAYS * dayMs);
    const outOfMemory = new Date(now - config.HISTORY_DAYS * dayMs);
    const jobs = await deleteJobsEndedBefore(orm, before);
    const changes = await untilNone(() => retention.deleteOldChanges(orm.em.fork(), outOfMemory));
    const events = await untilNone(() => retention.deleteOldEvents(orm.em.fork(), before));
    const devices = await untilNone(() => retention.deleteGoneDevices(orm.em.fork(), before));
    const sheets = await untilNone(() => retention.deleteOldSheets(orm.em.fork(), before));
    const keyCalls = await untilNone(() => retention.deleteOldKeyCalls(orm.em.fork(), before));
    const bulks = await untilNone(() => retention.deleteOldBulks(orm.em.fork(), before));
    const sessions = await untilNone(() => retention.deleteExpiredAccess(orm.em.fork(), new Date(now), before));
    const pages = await untilNone(() => retention.deleteOldFailurePages(orm.em.fork(), before));
    const folders = await removeOldArtifacts(artifactsFolder(config.DATA_DIR), config.RETENTION_DAYS, now);
    const deleted = {
      ...jobs,
      changes,
      events,
      devices,
      sheets,
      keyCalls,
      bulks,
      sessions,
      artifacts: pages + folders,
    };
    Context.current().log.info('Deleted what is past its time', deleted);
    return deleted;
  };
}

type JobCounts = Pick<DeletedByRetention, 'logs' | 'staged' | 'jobs'>;

/** What belongs to a job is deleted before it, so that no statement has to delete more rows than a batch. */
async function deleteJobsEndedBefore(orm: SyncDeps['orm'], before: Date): Promise<JobCounts> {
  const deleted = { logs: 0, staged: 0, jobs: 0 };
  for (;;) {
    const jobIds = await retention.listOldJobs(orm.em.fork(), before);
    if (jobIds.length === 0) return deleted;
    deleted.logs += await untilNone(() => retention.deleteLogs(orm.em.fork(), jobIds));
    deleted.staged += await untilNone(() => retention.deleteStaged(orm.em.fork(), jobIds));
    deleted.jobs += await retention.deleteJobs(orm.em.fork(), jobIds);
  }
}

async function untilNone(deleteBatch: () => Promise<number>): Promise<number> {
  const { heartbeat, cancellationSignal } = Context.current();
  let sum = 0;
  for (;;) {
    cancellationSignal.throwIfAborted();
    heartbeat(sum);
    const deleted = await deleteBatch();
    if (deleted === 0) return sum;
    sum += deleted;
  }
}
