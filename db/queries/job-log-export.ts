import type { EntityManager } from '@mikro-orm/postgresql';
import { rows, sql, withTimes, type AsRead } from '../sql.ts';
import type { JobLogRow } from './sync-jobs.ts';

type ExportedLog = Omit<JobLogRow, 'data'> & { jobId: string };

/** Every line of all of a user's jobs, oldest first. */
export async function listAllJobLogs(em: EntityManager, userId: string): Promise<ExportedLog[]> {
  const found = await rows<AsRead<ExportedLog>>(
    em,
    sql`select id, job_id as "jobId", at, level, phase, message from sync_job_logs
        where user_id = ${userId} order by id`,
  );
  return found.map((row) => withTimes<ExportedLog>(row, 'at'));
}
