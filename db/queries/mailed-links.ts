/** Links that are sent by mail to set a new password or to confirm an address. Only the hash of a token is stored. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import { kysely, now, type Row } from '../kysely.ts';
import { lockUserAlone } from './users.ts';

export type MailedLink = Pick<Row<'auth.mailed_links'>, 'userId' | 'purpose' | 'newEmail'>;
export type LinkPurpose = MailedLink['purpose'];

/** A new link; earlier ones for the same purpose no longer open anything. Expired ones of anybody go too. */
export function storeLink(em: EntityManager, link: MailedLink & { tokenHash: string; seconds: number }): Promise<void> {
  const { seconds, ...values } = link;
  return em.transactional(async (tx) => {
    await lockUserAlone(tx, link.userId);
    await deleteLinks(tx, link.userId, link.purpose);
    await forgetExpired(tx);
    const expiresAt = sql<Date>`now() + make_interval(secs => ${seconds})`;
    await kysely(tx)
      .insertInto('auth.mailed_links')
      .values({ ...values, expiresAt })
      .execute();
  });
}

/** Leaves to others those that they are taking or forgetting just now. */
async function forgetExpired(tx: EntityManager): Promise<void> {
  const expired = kysely(tx).selectFrom('auth.mailed_links').select('tokenHash').where('expiresAt', '<', now);
  await kysely(tx).deleteFrom('auth.mailed_links').where('tokenHash', 'in', expired.forUpdate().skipLocked()).execute();
}

/**
 * Takes the link, so that it works once; null where there is none or it is too old. For the rest of the transaction nobody else changes its
 * user, who is locked before the link as everywhere.
 */
export async function takeLink(tx: EntityManager, tokenHash: string, purpose: LinkPurpose): Promise<MailedLink | null> {
  const found = kysely(tx).selectFrom('auth.mailed_links').select('userId').where('tokenHash', '=', tokenHash);
  const owner = await found.executeTakeFirst();
  if (!owner || !(await lockUserAlone(tx, owner.userId))) return null;
  const taken = await kysely(tx)
    .deleteFrom('auth.mailed_links')
    .where('tokenHash', '=', tokenHash)
    .where('purpose', '=', purpose)
    .where('expiresAt', '>', now)
    .returning(['userId', 'purpose', 'newEmail'])
    .executeTakeFirst();
  return taken ?? null;
}

/** @param purpose left out: all */
export async function deleteLinks(em: EntityManager, userId: string, purpose?: LinkPurpose): Promise<void> {
  await kysely(em)
    .deleteFrom('auth.mailed_links')
    .where('userId', '=', userId)
    .$if(purpose !== undefined, (links) => links.where('purpose', '=', purpose!))
    .execute();
}
