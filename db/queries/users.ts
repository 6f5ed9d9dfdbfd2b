import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import { activeStatuses } from '#domain/sync-states.ts';
import { anyOf, kysely, now, type Row } from '../kysely.ts';
import { isUuid } from '../text.ts';

const userColumns = ['id', 'email', 'emailVerified', 'name', 'createdAt', 'intervalMinutes', 'timeZone'] as const;
export type UserRow = Pick<Row<'users'>, (typeof userColumns)[number]>;

/** The user, or null where there is none. */
export async function readUser(em: EntityManager, userId: string): Promise<UserRow | null> {
  if (!isUuid(userId)) return null;
  const user = await kysely(em).selectFrom('users').select(userColumns).where('id', '=', userId).executeTakeFirst();
  return user ?? null;
}

const settingsColumns = ['intervalMinutes', 'timeZone', 'quietFrom', 'quietTo'] as const;
export type UserSettingsRow = Pick<Row<'users'>, (typeof settingsColumns)[number]>;

/** What the user chose about syncing; null where there is no such user. */
export async function readUserSettings(em: EntityManager, userId: string): Promise<UserSettingsRow | null> {
  const chosen = kysely(em).selectFrom('users').select(settingsColumns).where('id', '=', userId);
  return (await chosen.executeTakeFirst()) ?? null;
}

/** False where there is no such user. */
export async function writeUserSettings(em: EntityManager, userId: string, row: UserSettingsRow): Promise<boolean> {
  const { intervalMinutes, timeZone, quietFrom, quietTo } = row;
  const { numUpdatedRows } = await kysely(em)
    .updateTable('users')
    .set({ intervalMinutes, timeZone, quietFrom, quietTo, updatedAt: now })
    .where('id', '=', userId)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** Deletes the user and, with the row, everything that belongs to it. False where there was none. */
export async function deleteUser(em: EntityManager, userId: string): Promise<boolean> {
  if (!isUuid(userId)) return false;
  const { numDeletedRows } = await kysely(em).deleteFrom('users').where('id', '=', userId).executeTakeFirst();
  return numDeletedRows > 0n;
}

/**
 * Keeps the user from being deleted until the transaction ends; false where there is none. Every transaction that
 * writes a user's rows begins with it, so that it and a deletion wait for one another and never deadlock.
 */
export async function lockUser(em: EntityManager, userId: string): Promise<boolean> {
  if (!isUuid(userId)) return false;
  const user = kysely(em).selectFrom('users').select('id').where('id', '=', userId).forKeyShare();
  return (await user.executeTakeFirst()) !== undefined;
}

/** A sync that is due begins within seconds where a worker is there. */
const overdueAfter = sql<Date>`now() - interval '2 minutes'`;

/**
 * All users in the order of their ids, `limit` at a time; `after` is the last id of the page before. `overdue`: a sync
 * should have begun by now, and none has.
 */
export function listUsers(
  em: EntityManager,
  after: string | null,
  limit: number,
): Promise<{ id: string; connected: boolean; overdue: boolean }[]> {
  return kysely(em)
    .selectFrom('users as u')
    .leftJoin('portal_accounts as a', (join) => join.onRef('a.userId', '=', 'u.id').on('a.state', '=', 'connected'))
    .select((eb) => [
      'u.id',
      eb('a.id', 'is not', null).$castTo<boolean>().as('connected'),
      eb
        .and([
          eb('a.id', 'is not', null),
          eb('a.pausedReason', 'is', null),
          eb.or([eb('a.nextSyncAt', 'is', null), eb('a.nextSyncAt', '<', overdueAfter)]),
          eb.not(
            eb.exists(
              eb.selectFrom('sync_jobs as j').whereRef('j.userId', '=', 'u.id').where('j.status', 'in', activeStatuses),
            ),
          ),
        ])
        .$castTo<boolean>()
        .as('overdue'),
    ])
    .$if(after !== null, (users) => users.where('u.id', '>', after))
    .orderBy('u.id')
    .limit(limit)
    .execute();
}

/** Which of these ids are users. */
export async function whichExist(em: EntityManager, userIds: string[]): Promise<Set<string>> {
  const ids = userIds.filter(isUuid);
  const found = await kysely(em).selectFrom('users').select('id').where('id', '=', anyOf(ids)).execute();
  return new Set(found.map(({ id }) => id));
}
