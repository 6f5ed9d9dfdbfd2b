/** Links that are sent by mail to set a new password or to confirm an address. Only the hash of a token is stored. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import { kysely, now, type Row } from '../kysely.ts';

export type MailedLink = Pick<Row<'auth.mailed_links'>, 'userId' | 'purpose' | 'newEmail'>;
export type LinkPurpose = MailedLink['purpose'];

/** A new link; earlier ones for the same purpose no longer open anything. Expired ones of anybody go too. */
export function storeLink(em: EntityManager, link: MailedLink & { tokenHash: string; seconds: number }): Promise<void> {
  const { seconds, ...values } = link;
  return em.transactional(async (tx) => {
    await deleteLinks(tx, link.userId, link.purpose);
    await kysely(tx).deleteFrom('auth.mailed_links').where('expiresAt', '<', now).execute();
    const expiresAt = sql<Date>`now() + make_interval(secs => ${seconds})`;
    await kysely(tx)
      .insertInto('auth.mailed_links')
      .values({ ...values, expiresAt })
      .execute();
  });
}

/** Takes the link, so that it works once; null where there is none or it is too old. */
export async function takeLink(em: EntityManager, tokenHash: string, purpose: LinkPurpose): Promise<MailedLink | null> {
  const taken = await kysely(em)
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
