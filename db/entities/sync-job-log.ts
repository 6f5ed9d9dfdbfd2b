import { defineEntity, p } from '@mikro-orm/core';
import type { Phase } from '#domain/phases.ts';
import type { LogLevel } from '#domain/shapes/sync.ts';
import { owner, timeOfCreation } from './columns.ts';
import { SyncJob } from './sync-job.ts';

/** A line of a job's log, for the user to read: no secret, no HTML. */
export const SyncJobLog = defineEntity({
  name: 'SyncJobLog',
  tableName: 'sync_job_logs',
  properties: {
    id: p.bigint('number').primary().autoincrement(),
    jobId: p.manyToOne(SyncJob).mapToPk().joinColumn('job_id').deleteRule('cascade').index(false),
    userId: owner(),
    at: timeOfCreation(),
    level: p.text().$type<LogLevel>().check(`level in ('info', 'warn', 'error')`),
    phase: p.text().$type<Phase>(),
    message: p.text(),
    data: p.json<Record<string, unknown>>().nullable(),
  },
  indexes: [
    { name: 'sync_job_logs_job_id_index', properties: ['jobId', 'id'] },
    { name: 'sync_job_logs_user_id_index', properties: ['userId'] },
  ],
});
