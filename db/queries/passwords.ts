/** Passwords and e-mail addresses of accounts, and the links that are sent by mail to change them. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { affected, firstRow, sql } from '../sql.ts';

/** The hash, or null where the user has no password. */
export async function readPasswordHash(em: EntityManager, userId: string): Promise<string | null> {
  const found = await firstRow<{ password: string | null }>(
    em,
    sql`select password from auth.account where "userId" = ${userId} and "providerId" = 'credential'`,
  );
  return found?.password ?? null;
}

export async function writePasswordHash(em: EntityManager, userId: string, hash: string): Promise<void> {
  await affected(
    em,
    sql`insert into auth.account ("accountId", "providerId", "userId", password)
        values (${userId}, 'credential', ${userId}, ${hash})
        on conflict ("providerId", "accountId") do update set password = excluded.password, "updatedAt" = now()`,
  );
}

/** False where the address belongs to another account. */
export async function writeEmail(
  em: EntityManager,
  userId: string,
  email: string,
  verified: boolean,
): Promise<boolean> {
  const taken = sql`exists (select 1 from users other where other.email = ${email} and other.id <> ${userId})`;
  try {
    return (
      (await affected(
        em,
        sql`update users set email = ${email}, email_verified = ${verified}, updated_at = now()
            where id = ${userId} and not ${taken}`,
      )) > 0
    );
  } catch (error) {
    // Somebody took it between the look and the write.
    if (/users_email_unique/.test(String((error as Error).message))) return false;
    throw error;
  }
}

export async function isEmailTaken(em: EntityManager, email: string): Promise<boolean> {
  return (await firstRow(em, sql`select 1 from users where email = ${email}`)) !== null;
}

export type LinkPurpose = 'reset_password' | 'change_email';

export interface MailedLink {
  userId: string;
  purpose: LinkPurpose;
  newEmail: string | null;
}

/** A new link; earlier ones of the same purpose open nothing any more. Expired ones of anybody go too. */
export function storeLink(em: EntityManager, link: MailedLink & { tokenHash: string; seconds: number }): Promise<void> {
  const { tokenHash, userId, purpose, newEmail, seconds } = link;
  return em.transactional(async (tx) => {
    await deleteLinks(tx, userId, purpose);
    await affected(tx, sql`delete from auth.mailed_links where expires_at < now()`);
    await affected(
      tx,
      sql`insert into auth.mailed_links (token_hash, user_id, purpose, new_email, expires_at)
          values (${tokenHash}, ${userId}, ${purpose}, ${newEmail}, now() + make_interval(secs => ${seconds}))`,
    );
  });
}

/** Takes the link, so that it works once; null where there is none or it is too old. */
export function takeLink(em: EntityManager, tokenHash: string, purpose: LinkPurpose): Promise<MailedLink | null> {
  return firstRow<MailedLink>(
    em,
    sql`delete from auth.mailed_links
        where token_hash = ${tokenHash} and purpose = ${purpose} and expires_at > now()
        returning user_id as "userId", purpose, new_email as "newEmail"`,
  );
}

export async function deleteLinks(em: EntityManager, userId: string, purpose: LinkPurpose): Promise<void> {
  await affected(em, sql`delete from auth.mailed_links where user_id = ${userId} and purpose = ${purpose}`);
}
