/**
 * Deleting what is past its time, in batches of at most a thousand rows a statement, each its own transaction: nobody
 * waits for it, and where it is cut off the next run goes on. Each function returns how many rows its batch deleted; 0
 * is the end.
 */
import type { EntityManager } from '@mikro-orm/postgresql';
import { affected, rows, sql } from '../sql.ts';

const batch = 1_000;

/** Jobs whose logs and rows are deleted in one go. */
const jobsAtOnce = 200;

/** Final jobs that ended before, oldest first; never a user's newest one, which the page shows. */
export async function listOldJobs(em: EntityManager, before: Date): Promise<string[]> {
  const found = await rows<{ id: string }>(
    em,
    sql`select j.id from sync_jobs j
        where j.completed_at < ${before} and j.status in ('completed', 'failed') and exists (
          select 1 from sync_jobs newer
          where newer.user_id = j.user_id and (newer.created_at, newer.id) > (j.created_at, j.id)
        )
        order by j.completed_at limit ${jobsAtOnce}`,
  );
  return found.map(({ id }) => id);
}

export function deleteLogs(em: EntityManager, jobIds: string[]): Promise<number> {
  return affected(
    em,
    sql`delete from sync_job_logs where id in (
          select id from sync_job_logs where job_id = any(${jobIds}::uuid[]) limit ${batch})`,
  );
}

export function deleteStaged(em: EntityManager, jobIds: string[]): Promise<number> {
  return affected(
    em,
    sql`delete from staged_rentals where (job_id, attempt, ordinal) in (
          select job_id, attempt, ordinal from staged_rentals where job_id = any(${jobIds}::uuid[]) limit ${batch})`,
  );
}

/** The jobs themselves. A change that one of them found stays, without its job. */
export function deleteJobs(em: EntityManager, jobIds: string[]): Promise<number> {
  return affected(em, sql`delete from sync_jobs where id = any(${jobIds}::uuid[])`);
}

export function deleteOldChanges(em: EntityManager, before: Date): Promise<number> {
  return affected(
    em,
    sql`delete from booking_changes where id in (
          select id from booking_changes where at < ${before} order by at limit ${batch})`,
  );
}

/** Sessions and links that can no longer be used; keys, which their owner sees as expired, later. */
export async function deleteExpiredAccess(em: EntityManager, now: Date, before: Date): Promise<number> {
  const expired = [
    sql`delete from auth.sessions where id in (select id from auth.sessions where expires_at < ${now} limit ${batch})`,
    sql`delete from auth.mailed_links
        where token_hash in (select token_hash from auth.mailed_links where expires_at < ${now} limit ${batch})`,
    sql`delete from auth.api_keys where id in (select id from auth.api_keys where expires_at < ${before} limit ${batch})`,
  ];
  let deleted = 0;
  for (const statement of expired) deleted += await affected(em, statement);
  return deleted;
}
