import { defineEntity, p } from '@mikro-orm/core';
import type { FailureKind } from '#domain/failure-kinds.ts';
import { id, owner, timeOfCreation } from './columns.ts';
import { SyncJob } from './sync-job.ts';

/** What the portal showed when a sync failed for a reason that somebody has to look into: every letter and digit is masked. */
export const FailurePage = defineEntity({
  name: 'FailurePage',
  tableName: 'failure_pages',
  properties: {
    id: id(),
    jobId: p.manyToOne(SyncJob).mapToPk().joinColumn('job_id').deleteRule('cascade').index(false),
    userId: owner(),
    attempt: p.integer(),
    kind: p.text().$type<FailureKind>(),
    at: timeOfCreation(),
    html: p.text().lazy(),
    /** As PNG; null where the page could not be masked with certainty. */
    picture: p.blob().nullable().lazy(),
  },
  indexes: [
    { name: 'failure_pages_at_index', properties: ['at', 'id'] },
    { name: 'failure_pages_job_id_index', properties: ['jobId'] },
    { name: 'failure_pages_user_id_index', properties: ['userId'] },
  ],
});
