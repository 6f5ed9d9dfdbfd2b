import type { EntityManager } from '@mikro-orm/postgresql';
import { User } from '../entities/index.ts';
import { affected, firstRow, isUuid, rows, sql } from '../sql.ts';

export interface UserRow {
  id: string;
  email: string;
  emailVerified: boolean;
  name: string;
  createdAt: Date;
  /** Null: the interval of the configuration. */
  intervalMinutes: number | null;
  timeZone: string | null;
}

/** The user, or null where there is none. */
export async function readUser(em: EntityManager, userId: string): Promise<UserRow | null> {
  if (!isUuid(userId)) return null;
  const user = await em.findOne(User, { id: userId }, { disableIdentityMap: true });
  if (!user) return null;
  const { id, email, emailVerified, name, createdAt, intervalMinutes, timeZone } = user;
  const chosen = { intervalMinutes: intervalMinutes ?? null, timeZone: timeZone ?? null };
  return { id, email, emailVerified, name, createdAt, ...chosen };
}

export interface UserSettingsRow {
  /** Null: the interval of the configuration. */
  intervalMinutes: number | null;
  timeZone: string | null;
  quietFrom: string | null;
  quietTo: string | null;
}

/** What the user chose about syncing; null where there is no such user. */
export function readUserSettings(em: EntityManager, userId: string): Promise<UserSettingsRow | null> {
  return firstRow<UserSettingsRow>(
    em,
    sql`select interval_minutes as "intervalMinutes", time_zone as "timeZone", quiet_from as "quietFrom",
          quiet_to as "quietTo"
        from users where id = ${userId}`,
  );
}

/** False where there is no such user. */
export async function writeUserSettings(em: EntityManager, userId: string, row: UserSettingsRow): Promise<boolean> {
  const { intervalMinutes, timeZone, quietFrom, quietTo } = row;
  const written = await affected(
    em,
    sql`update users set interval_minutes = ${intervalMinutes}, time_zone = ${timeZone}, quiet_from = ${quietFrom},
          quiet_to = ${quietTo}, updated_at = now()
        where id = ${userId}`,
  );
  return written > 0;
}

/** Deletes the user and, with the row, everything that belongs to it. False where there was none. */
export async function deleteUser(em: EntityManager, userId: string): Promise<boolean> {
  if (!isUuid(userId)) return false;
  return (await affected(em, sql`delete from users where id = ${userId}`)) > 0;
}

/**
 * Keeps the user from being deleted until the transaction ends; false where there is none. Every transaction that
 * writes a user's rows begins with it, so that it and a deletion wait for one another and never deadlock.
 */
export async function lockUser(em: EntityManager, userId: string): Promise<boolean> {
  if (!isUuid(userId)) return false;
  return (await firstRow(em, sql`select 1 from users where id = ${userId} for key share`)) !== null;
}

/** A sync that is due begins within seconds where a worker is there. */
const overdueAfter = '2 minutes';

/**
 * All users in the order of their ids, `limit` at a time; `after` is the last id of the page before. `overdue`: a sync
 * should have begun by now, and none has.
 */
export function listUsers(
  em: EntityManager,
  after: string | null,
  limit: number,
): Promise<{ id: string; connected: boolean; overdue: boolean }[]> {
  return rows(
    em,
    sql`select u.id, coalesce(a.state = 'connected', false) as connected,
          coalesce(a.state = 'connected' and a.paused_reason is null
            and coalesce(a.next_sync_at < now() - ${overdueAfter}::interval, true)
            and not exists (select 1 from sync_jobs j where j.user_id = u.id and j.status in ('pending', 'running')),
          false) as overdue
        from users u left join portal_accounts a on a.user_id = u.id
        where ${after === null ? sql`true` : sql`u.id > ${after}::uuid`} order by u.id limit ${limit}`,
  );
}

/** Which of these ids are users. */
export async function whichExist(em: EntityManager, userIds: string[]): Promise<Set<string>> {
  const ids = userIds.filter(isUuid);
  const found = await rows<{ id: string }>(em, sql`select id from users where id = any(${ids}::uuid[])`);
  return new Set(found.map(({ id }) => id));
}
