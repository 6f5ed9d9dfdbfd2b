/** Past syncs and what they wrote down. */
import type { z } from 'zod';
import * as jobs from '#db/queries/sync-jobs.ts';
import type { JobLogRow, SyncJobRow } from '#db/queries/sync-jobs.ts';
import type { JobLogView, JobView } from '#lib/api-types.ts';
import { notFound } from '../errors.ts';
import type { jobList, jobLogList } from '../schemas/inputs.ts';
import type { Services } from '../services.ts';
import { failureMessage } from './compose-status.ts';

export async function listHistory(
  { orm }: Services,
  userId: string,
  input: z.output<typeof jobList>,
): Promise<{ jobs: JobView[]; nextCursor: string | null }> {
  const found = await jobs.listJobs(orm.em.fork(), userId, input);
  return { jobs: found.jobs.map(jobViewOf), nextCursor: found.nextCursor };
}

/** Throws `not_found`, also for another user's job. */
export async function readJob({ orm }: Services, userId: string, jobId: string): Promise<JobView> {
  const job = await jobs.readJob(orm.em.fork(), userId, jobId);
  if (!job) throw notFound('sync', jobId);
  return jobViewOf(job);
}

/** A job that is pending and not yet stored has an empty log. Throws `not_found`, also for another user's job. */
export async function listLogs(
  services: Services,
  userId: string,
  { jobId, ...page }: z.output<typeof jobLogList>,
): Promise<{ logs: JobLogView[]; nextCursor: string | null }> {
  const em = services.orm.em.fork();
  if (!(await jobs.readJob(em, userId, jobId)) && !(await isPending(services, userId, jobId)))
    throw notFound('sync', jobId);
  const found = await jobs.listJobLogs(em, userId, jobId, page);
  return { logs: found.logs.map(logViewOf), nextCursor: found.nextCursor };
}

/** The database does not know a job before its sync begins; the user's own workflow does. */
async function isPending({ hub }: Services, userId: string, jobId: string): Promise<boolean> {
  return (await hub.read(userId)).job?.id === jobId;
}

function jobViewOf(job: SyncJobRow): JobView {
  return {
    id: job.id,
    status: job.status,
    triggeredManually: job.triggeredManually,
    createdAt: job.createdAt.toISOString(),
    startedAt: job.startedAt?.toISOString() ?? null,
    completedAt: job.completedAt?.toISOString() ?? null,
    bookingsSynced: job.bookingsSynced,
    added: job.added,
    changed: job.changed,
    removed: job.removed,
    partial: job.partial,
    errorCode: job.errorCode,
    errorMessage: job.errorCode && failureMessage(job.errorCode, job.id),
  };
}

function logViewOf({ id, at, level, phase, message }: JobLogRow): JobLogView {
  return { id: String(id), at: at.toISOString(), level, phase, message };
}
