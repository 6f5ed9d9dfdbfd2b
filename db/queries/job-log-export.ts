import type { EntityManager } from '@mikro-orm/postgresql';
import { kysely } from '../kysely.ts';

/** Every line of all of a user's jobs, oldest first. */
export function listAllJobLogs(em: EntityManager, userId: string) {
  return kysely(em)
    .selectFrom('sync_job_logs')
    .select(['id', 'jobId', 'at', 'level', 'phase', 'message'])
    .where('userId', '=', userId)
    .orderBy('id')
    .execute();
}
