/** Syncs that somebody waits for, told to the workers that read: one whose slots are all taken then makes room. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { sql, type Expression } from 'kysely';
import { kysely } from '../kysely.ts';

export const awaitedChannel = 'sync_awaited';

/** In a statement: this user's sync is in the queue, or about to be. */
export const awaitedNotified = (userId: Expression<string>) =>
  sql<unknown>`pg_notify(${sql.lit(awaitedChannel)}, ${userId}::text)`.as('notified');

/** Whether no attempt has begun yet at the sync of one of these users. */
export async function someoneWaits(em: EntityManager, userIds: string[]): Promise<boolean> {
  const waiting = kysely(em).selectFrom('sync_jobs').select('id');
  const found = await waiting.where('userId', 'in', userIds).where('status', '=', 'pending').limit(1).execute();
  return found.length > 0;
}
