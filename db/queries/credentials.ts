/** What a user signs in with: the e-mail address and the password. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import { kysely, now } from '../kysely.ts';
import { moveMailTarget } from './notices.ts';

/** The id of the new user; null where the address already has an account. */
export async function insertUser(
  em: EntityManager,
  user: { email: string; passwordHash: string },
): Promise<string | null> {
  const made = await kysely(em)
    .insertInto('users')
    .values(user)
    .onConflict((conflict) => conflict.column('email').doNothing())
    .returning('id')
    .executeTakeFirst();
  return made?.id ?? null;
}

export interface Credentials {
  userId: string;
  passwordHash: string | null;
  /** Of the existing sessions. */
  addresses: string[];
  /** Whether a code is asked for in addition to the password. */
  twoFactor: boolean;
}

/** One statement, so that it takes as long where there is no such account. */
export async function readCredentials(em: EntityManager, email: string): Promise<Credentials | null> {
  const user = await kysely(em)
    .selectFrom('users')
    .select([
      'id as userId',
      'passwordHash',
      sql<string[]>`array(select distinct ip_address from auth.sessions
        where user_id = users.id and ip_address is not null)`.as('addresses'),
      sql<boolean>`exists (select 1 from auth.two_factor
        where user_id = users.id and enabled_at is not null)`.as('twoFactor'),
    ])
    .where('email', '=', email)
    .executeTakeFirst();
  return user ?? null;
}

/** The hash, or null where there is no such user. */
export async function readPasswordHash(em: EntityManager, userId: string): Promise<string | null> {
  const user = await kysely(em).selectFrom('users').select('passwordHash').where('id', '=', userId).executeTakeFirst();
  return user?.passwordHash ?? null;
}

/** Whose password was checked, and its hash. */
export interface Proven {
  userId: string;
  passwordHash: string;
}

/** False where that is no longer the user's password; else nobody changes it for the rest of the transaction. */
export async function lockPasswordHolder(tx: EntityManager, { userId, passwordHash }: Proven): Promise<boolean> {
  const holder = kysely(tx)
    .selectFrom('users')
    .select('id')
    .where((eb) => eb.and({ id: userId, passwordHash }))
    .forNoKeyUpdate();
  return (await holder.executeTakeFirst()) !== undefined;
}

export async function writePasswordHash(em: EntityManager, userId: string, passwordHash: string): Promise<void> {
  await kysely(em).updateTable('users').set({ passwordHash, updatedAt: now }).where('id', '=', userId).execute();
}

/** False where the address belongs to another account. */
export async function writeEmail(
  em: EntityManager,
  userId: string,
  email: string,
  emailVerified: boolean,
): Promise<boolean> {
  try {
    const { numUpdatedRows } = await kysely(em)
      .updateTable('users')
      .set({ email, emailVerified, updatedAt: now })
      .where('id', '=', userId)
      .where(({ not, exists, selectFrom }) =>
        not(exists(selectFrom('users as other').select('id').where('email', '=', email).where('id', '<>', userId))),
      )
      .executeTakeFirst();
    if (numUpdatedRows === 0n) return false;
    await moveMailTarget(em, userId, email);
    return true;
  } catch (error) {
    // Somebody took it between the check and the write.
    if (/users_email_unique/.test(String((error as Error).message))) return false;
    throw error;
  }
}

/** The id of the account with this address, or null. */
export async function userIdOf(em: EntityManager, email: string): Promise<string | null> {
  return (await readCredentials(em, email))?.userId ?? null;
}
