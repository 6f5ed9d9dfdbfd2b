import type { JobStatus } from '#domain/sync-states.ts';
import { defineEntity, p } from '@mikro-orm/core';
import type { FailureKind } from '#domain/failure-kinds.ts';
import type { Phase } from '#domain/phases.ts';
import type { JobRetryView } from '#domain/shapes/sync.ts';
import { owner, time, timeOfCreation } from './columns.ts';

/** One sync of one user. A user has at most one that is pending or running: the database sees to it. */
export const SyncJob = defineEntity({
  name: 'SyncJob',
  tableName: 'sync_jobs',
  properties: {
    /** Given by the workflow. */
    id: p.uuid().primary(),
    userId: owner(),
    status: p.text().$type<JobStatus>().check(`status in ('pending', 'running', 'completed', 'failed')`),
    phase: p.text().$type<Phase>().default('initializing'),
    done: p.integer().default(0),
    total: p.integer().nullable(),
    /** The newest attempt that began; 0 before the first. */
    attempt: p.integer().default(0),
    bookingsSynced: p.integer().nullable(),
    added: p.integer().nullable(),
    changed: p.integer().nullable(),
    removed: p.integer().nullable(),
    partial: p.boolean().default(false),
    /** Rentals that the whole list lacked, and that are kept until another sync agrees. */
    unconfirmed: p.integer().nullable(),
    /** Of those removed: as many as the whole list lacked at once, twice read. */
    lost: p.integer().nullable(),
    /** What the last complete sync read, and how long that took: what this one is measured by while it runs. */
    expectedTotal: p.integer().nullable(),
    expectedMs: p.integer().nullable(),
    /** Why it reads once more; of the last time where the job is final. */
    retry: p.json<JobRetryView>().nullable(),
    /** No booking is written. */
    dryRun: p.boolean().default(false),
    /** Only a part of the list is read. */
    narrowed: p.boolean().default(false),
    errorCode: p.text().$type<FailureKind>().nullable(),
    triggeredManually: p.boolean().default(false),
    /** The credentials' revision that the job uses. */
    revision: p.integer().nullable(),
    workflowRunId: p.text().nullable(),
    createdAt: timeOfCreation(),
    startedAt: time().nullable(),
    completedAt: time().nullable(),
    /** The bookings of this job are stored, once and for all. */
    reconciledAt: time().nullable(),
  },
  uniques: [
    {
      name: 'sync_jobs_one_active_unique',
      properties: ['userId'],
      where: `status in ('pending', 'running')`,
    },
  ],
  indexes: [
    { name: 'sync_jobs_history_index', properties: ['userId', 'createdAt', 'id'] },
    { name: 'sync_jobs_completed_at_index', properties: ['completedAt'] },
  ],
});
