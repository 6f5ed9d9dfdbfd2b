import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import { anyOf, kysely, now, type Row } from '../kysely.ts';
import { touchFeedsOfMembers } from './calendar-feeds.ts';
import { forgetEventsFrom } from './member-events.ts';
import { isUuid } from '#domain/ids.ts';

const userColumns = ['id', 'email', 'emailVerified', 'name', 'createdAt', 'intervalMinutes', 'timeZone'] as const;
export type UserRow = Pick<Row<'users'>, (typeof userColumns)[number]>;

/** The user, or null where there is none. */
export async function readUser(em: EntityManager, userId: string): Promise<UserRow | null> {
  if (!isUuid(userId)) return null;
  const user = await kysely(em).selectFrom('users').select(userColumns).where('id', '=', userId).executeTakeFirst();
  return user ?? null;
}

const settingsColumns = ['intervalMinutes', 'timeZone', 'quietFrom', 'quietTo', 'closerBeforeRentals'] as const;
export type UserSettingsRow = Pick<Row<'users'>, (typeof settingsColumns)[number]>;
export type SettingsChange = { [Name in keyof UserSettingsRow]?: UserSettingsRow[Name] | undefined };

/** What the user chose about syncing; null where there is no such user. */
export async function readUserSettings(em: EntityManager, userId: string): Promise<UserSettingsRow | null> {
  const chosen = kysely(em).selectFrom('users').select(settingsColumns).where('id', '=', userId);
  return (await chosen.executeTakeFirst()) ?? null;
}

/** What is left out stays as it is in the row, also where another change is under way. False where there is no such user. */
export async function writeUserSettings(
  em: EntityManager,
  userId: string,
  { intervalMinutes, timeZone, quietFrom, quietTo, closerBeforeRentals }: SettingsChange,
): Promise<boolean> {
  const { numUpdatedRows } = await kysely(em)
    .updateTable('users')
    .set({ intervalMinutes, timeZone, quietFrom, quietTo, closerBeforeRentals, updatedAt: now })
    .where('id', '=', userId)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** Deletes the user and, with the row, everything that belongs to it, including what others were told of it. False where there was none. */
export function deleteUser(em: EntityManager, userId: string): Promise<boolean> {
  if (!isUuid(userId)) return Promise.resolve(false);
  return em.transactional(async (tx) => {
    // All who write such events have finished, and nobody begins.
    await kysely(tx).selectFrom('users').select('id').where('id', '=', userId).forUpdate().execute();
    await forgetEventsFrom(tx, userId);
    const members = sql`select m.user_id from group_members m join groups g on g.id = m.group_id where g.user_id = ${userId}`;
    await touchFeedsOfMembers(tx, members);
    const { numDeletedRows } = await kysely(tx).deleteFrom('users').where('id', '=', userId).executeTakeFirst();
    return numDeletedRows > 0n;
  });
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

/** As {@link lockUser}, one transaction after the other: for what counts rows of the user before it adds one. */
export async function lockUserAlone(em: EntityManager, userId: string): Promise<boolean> {
  if (!isUuid(userId)) return false;
  const user = kysely(em).selectFrom('users').select('id').where('id', '=', userId).forNoKeyUpdate();
  return (await user.executeTakeFirst()) !== undefined;
}

/** Which of these ids are users. */
export async function whichExist(em: EntityManager, userIds: string[]): Promise<Set<string>> {
  const ids = userIds.filter(isUuid);
  const found = await kysely(em).selectFrom('users').select('id').where('id', '=', anyOf(ids)).execute();
  return new Set(found.map(({ id }) => id));
}
