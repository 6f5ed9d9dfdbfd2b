import { Context } from '@temporalio/activity';
import { openSyncJob } from '#db/queries/open-sync-job.ts';
import { syncDefaults } from '#db/queries/sync-settings.ts';
import type { SyncActivities } from '#domain/activities.ts';
import type { SyncDeps } from './deps.ts';

/** A database that is away is waited for: the workflow retries this without end. */
export function createOpenSyncJob({ orm, config }: SyncDeps): SyncActivities['openSyncJob'] {
  return (input) => {
    const workflowRunId = Context.current().info.workflowExecution?.runId ?? null;
    return openSyncJob(orm.em.fork(), { ...input, workflowRunId }, syncDefaults(config));
  };
}
