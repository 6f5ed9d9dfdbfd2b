/** Past syncs and what they wrote down. */
import type { z } from 'zod';
import * as jobs from '#db/queries/sync-jobs.ts';
import type { SyncJobRow } from '#db/queries/sync-jobs.ts';
import { notFound } from '../errors.ts';
import type { jobList, jobLogList } from '../schemas/inputs.ts';
import type { PlannedChange } from '#domain/shapes/sync.ts';
import type { Services } from '../services.ts';
import { failureMessage } from './compose-status.ts';

export async function listHistory({ orm }: Services, userId: string, input: z.output<typeof jobList>) {
  const found = await jobs.listJobs(orm.em.fork(), userId, input);
  return { jobs: found.jobs.map(withMessage), nextCursor: found.nextCursor };
}

/** Throws `not_found`, also for another user's job. */
export async function readJob({ orm }: Services, userId: string, jobId: string) {
  const job = await jobs.readJob(orm.em.fork(), userId, jobId);
  if (!job) throw notFound('sync', jobId);
  return withMessage(job);
}

/** A job that is pending and not yet stored has an empty log. Throws `not_found`, also for another user's job. */
export async function listLogs(services: Services, userId: string, { jobId, ...page }: z.output<typeof jobLogList>) {
  const em = services.orm.em.fork();
  if (!(await jobs.readJob(em, userId, jobId)) && !(await isPending(services, userId, jobId)))
    throw notFound('sync', jobId);
  const { logs, nextCursor } = await jobs.listJobLogs(em, userId, jobId, page);
  return { logs: logs.map(withChanges), nextCursor };
}

/** The database does not know a job before its sync begins; the user's own workflow does. */
async function isPending({ hub }: Services, userId: string, jobId: string): Promise<boolean> {
  return (await hub.read(userId)).job?.id === jobId;
}

/** What a dry run found. */
function withChanges<Line extends { data: Record<string, unknown> | null }>(line: Line) {
  return { ...line, changes: line.data?.changes as PlannedChange[] | undefined };
}

function withMessage(job: SyncJobRow) {
  return { ...job, errorMessage: job.errorCode && failureMessage(job.errorCode, job.id) };
}
