/** Changes that a user may have to act on, until they confirm knowing them. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import { anyOf, kysely, now, type Row } from '../kysely.ts';
import { isUuid } from '#domain/ids.ts';
import { seenAt } from './booking-changes.ts';

export type UrgentChangeRow = Pick<Row<'booking_changes'>, 'id' | 'bookingId' | 'kind' | 'before' | 'after'> &
  Pick<Row<'bookings'>, 'startsAt' | 'endsAt' | 'studio' | 'location' | 'status' | 'removedAt'>;

const most = 500;

/**
 * What the user does not know yet about rentals that take place in the span, or did before they were moved: the changes that
 * may take a room away or give it back, in the order in which they were found, each with the rental as it is now.
 */
export function listUrgentChanges(
  em: EntityManager,
  userId: string,
  { from, to }: { from: Date; to: Date },
): Promise<UrgentChangeRow[]> {
  const [starts, ends] = [sql`(before ->> 'starts_at')`, sql`(before ->> 'ends_at')`];
  return kysely(em)
    .with('unknown', (db) =>
      db
        .selectFrom('booking_changes as c')
        .innerJoin('users as u', 'u.id', 'c.userId')
        .select(['c.id', 'c.at', 'c.kind', 'c.bookingId', 'c.before', 'c.after'])
        .where('c.userId', '=', userId)
        .where('c.at', '>', seenAt)
        .where('c.acknowledgedAt', 'is', null)
        .where('c.kind', 'in', ['moved', 'studio', 'location', 'status', 'removed', 'restored']),
    )
    .selectFrom('unknown as c')
    .innerJoin('bookings as b', 'b.id', 'c.bookingId')
    .select(['c.id', 'c.bookingId', 'c.kind', 'c.before', 'c.after'])
    .select(['b.startsAt', 'b.endsAt', 'b.studio', 'b.location', 'b.status', 'b.removedAt'])
    .where((eb) =>
      eb.or([
        eb.and([eb('b.startsAt', '<', to), eb('b.endsAt', '>', from)]),
        // Times in `before` are all written alike, so that their texts can be compared.
        sql<boolean>`c.booking_id in (select booking_id from unknown
          where kind = 'moved' and ${starts} < ${to.toISOString()} and ${ends} > ${from.toISOString()})`,
      ]),
    )
    .orderBy('c.at')
    .orderBy('c.id')
    .limit(most)
    .execute();
}

/** The user knows of these; those of others stay as they are. */
export async function acknowledgeChanges(em: EntityManager, userId: string, ids: string[]): Promise<void> {
  await kysely(em)
    .updateTable('booking_changes')
    .set({ acknowledgedAt: now })
    .where('userId', '=', userId)
    .where('id', '=', anyOf(ids.filter(isUuid)))
    .where('acknowledgedAt', 'is', null)
    .execute();
}
