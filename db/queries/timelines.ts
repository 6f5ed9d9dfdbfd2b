/** When the steps of syncs were, from their logs. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import type { TimedJob, TimelineLine } from '#domain/sync-timeline.ts';
import { kysely } from '../kysely.ts';
import { isUuid } from '#domain/ids.ts';

/** This many earlier syncs say what is usual. */
const compared = 20;

export interface TimelineRow extends TimedJob {
  workflowRunId: string | null;
}

const linesOf = sql<(Omit<TimelineLine, 'at' | 'nextTryAt'> & { at: string; nextTryAt: string | null })[]>`coalesce((
  select jsonb_agg(jsonb_build_object('at', l.at, 'phase', l.phase, 'level', l.level,
    'nextTryAt', l.data ->> 'nextTryAt') order by l.id)
  from (select * from sync_job_logs where job_id = j.id order by id limit 500) l), '[]')`;

/** This sync first, then those before it that went well, the newest first. Nothing where it is not this user's. */
export async function readTimelines(em: EntityManager, userId: string, jobId: string): Promise<TimelineRow[]> {
  if (!isUuid(jobId)) return [];
  const jobs = kysely(em)
    .selectFrom('sync_jobs as j')
    .select(['j.id', 'j.createdAt', 'j.startedAt', 'j.completedAt', 'j.workflowRunId'])
    .select(linesOf.as('lines'))
    .where('j.userId', '=', userId);
  const one = await jobs.where('j.id', '=', jobId).executeTakeFirst();
  if (!one) return [];
  const others = await jobs
    .where('j.createdAt', '<', one.createdAt)
    .where((eb) => eb.and({ status: 'completed', dryRun: false, narrowed: false }))
    .orderBy('j.createdAt', 'desc')
    .limit(compared)
    .execute();
  return [one, ...others].map(({ lines, ...row }) => ({
    ...row,
    lines: lines.map(({ at, nextTryAt, ...line }) => ({
      ...line,
      at: new Date(at),
      nextTryAt: nextTryAt === null ? null : new Date(nextTryAt),
    })),
  }));
}
