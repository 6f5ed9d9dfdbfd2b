import type { EntityManager } from '@mikro-orm/postgresql';
import { User } from '../entities/index.ts';
import { affected, firstRow, isUuid, sql } from '../sql.ts';

export interface UserRow {
  id: string;
  email: string;
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
  const { id, email, name, createdAt, intervalMinutes, timeZone } = user;
  return { id, email, name, createdAt, intervalMinutes: intervalMinutes ?? null, timeZone: timeZone ?? null };
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
