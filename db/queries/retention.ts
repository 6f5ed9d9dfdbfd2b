/**
 * Deleting what is past its time, in batches of at most a thousand rows a statement, each its own transaction: nobody
 * waits for it, and where it is cut off the next run goes on. Each function returns how many rows its batch deleted; 0
 * is the end.
 */
import type { EntityManager } from '@mikro-orm/postgresql';
import { sql, type RawBuilder } from 'kysely';
import { activeStatuses } from '#domain/sync-states.ts';
import { anyOf, kysely, type Database } from '../kysely.ts';
import { wantedEnd } from './call-sheets.ts';

const batch = 1_000;

/** Jobs whose logs and rows are deleted in one go. */
const jobsAtOnce = 200;

/** Final jobs that ended before, oldest first; never a user's newest one, which the page shows. */
export async function listOldJobs(em: EntityManager, before: Date): Promise<string[]> {
  const found = await kysely(em)
    .selectFrom('sync_jobs as j')
    .select('j.id')
    .where('j.completedAt', '<', before)
    .where('j.status', 'not in', activeStatuses)
    .where(({ exists, selectFrom }) =>
      exists(
        selectFrom('sync_jobs as newer')
          .select('newer.id')
          .whereRef('newer.userId', '=', 'j.userId')
          .where(sql<boolean>`(newer.created_at, newer.id) > (j.created_at, j.id)`),
      ),
    )
    .orderBy('j.completedAt')
    .limit(jobsAtOnce)
    .execute();
  return found.map(({ id }) => id);
}

/** Finds the rows by their physical place, which works for every table and needs no second look at an index. */
async function deleteBatch(em: EntityManager, table: keyof Database, condition: RawBuilder<unknown>): Promise<number> {
  const rows = sql.table(table);
  const { numAffectedRows } = await sql`delete from ${rows} where ctid = any(array(
    select ctid from ${rows} where ${condition} limit ${sql.lit(batch)}))`.execute(kysely(em));
  return Number(numAffectedRows ?? 0n);
}

export function deleteLogs(em: EntityManager, jobIds: string[]): Promise<number> {
  return deleteBatch(em, 'sync_job_logs', sql`job_id = ${anyOf(jobIds)}`);
}

export function deleteStaged(em: EntityManager, jobIds: string[]): Promise<number> {
  return deleteBatch(em, 'staged_rentals', sql`job_id = ${anyOf(jobIds)}`);
}

/** The jobs themselves. A change that one of them found stays, without its job. */
export function deleteJobs(em: EntityManager, jobIds: string[]): Promise<number> {
  return deleteBatch(em, 'sync_jobs', sql`id = ${anyOf(jobIds)}`);
}

/** What a price and a status were before stays as long as the rental: without it a statement made again would have other figures. */
export function deleteOldChanges(em: EntityManager, before: Date): Promise<number> {
  return deleteBatch(em, 'booking_changes', sql`at < ${before} and kind <> 'price' and kind <> 'status'`);
}

/** With the outcomes of their deliveries; not while one is on its way. */
export function deleteOldEvents(em: EntityManager, before: Date): Promise<number> {
  const onTheirWay = sql`select 1 from deliveries d join delivery_targets t on t.id = d.target_id
    where d.event_seq = events.seq and d.status = 'pending' and t.disabled_reason is null`;
  return deleteBatch(em, 'events', sql`at < ${before} and not exists (${onTheirWay})`);
}

/** Pages of failures that happened before. Each may be large. */
export function deleteOldFailurePages(em: EntityManager, before: Date): Promise<number> {
  return deleteBatch(em, 'failure_pages', sql`at < ${before}`);
}

/** Devices that already took nothing any more at that time, with what is left of their log. */
export function deleteGoneDevices(em: EntityManager, before: Date): Promise<number> {
  return deleteBatch(
    em,
    'delivery_targets',
    sql`channel = 'push' and disabled_reason = 'gone' and updated_at < ${before}`,
  );
}

/** Call sheets whose link has ended before, with what their guests answered. */
export function deleteOldSheets(em: EntityManager, before: Date): Promise<number> {
  const ended = sql`select s.id from call_sheets s cross join lateral (${wantedEnd}) wanted
    where least(s.expires_at, s.revoked_at) < ${before}
      and (not s.follows_rentals or s.revoked_at is not null or wanted.until is null or wanted.until < ${before})`;
  return deleteBatch(em, 'call_sheets', sql`id in (${ended})`);
}

/** What API keys did; everything operators did is kept. */
export function deleteOldKeyCalls(em: EntityManager, before: Date): Promise<number> {
  return deleteBatch(em, 'audit_entries', sql`actor = 'key' and at < ${before}`);
}

/** Of operations that ended before, the users first, so that no statement has to delete more rows than a batch. */
export async function deleteOldBulks(em: EntityManager, before: Date): Promise<number> {
  const ended = sql`select id from bulk_operations where finished_at < ${before}`;
  const users = await deleteBatch(em, 'bulk_operation_users', sql`bulk_id in (${ended})`);
  return users > 0 ? users : deleteBatch(em, 'bulk_operations', sql`finished_at < ${before}`);
}

/** Sessions and links that can no longer be used; keys, which their owner sees as expired, later. */
export async function deleteExpiredAccess(em: EntityManager, now: Date, before: Date): Promise<number> {
  const sessions = await deleteBatch(em, 'auth.sessions', sql`expires_at < ${now}`);
  const links = await deleteBatch(em, 'auth.mailed_links', sql`expires_at < ${now}`);
  const devices = await deleteBatch(em, 'auth.device_logins', sql`expires_at < ${now}`);
  return sessions + links + devices + (await deleteBatch(em, 'auth.api_keys', sql`expires_at < ${before}`));
}
