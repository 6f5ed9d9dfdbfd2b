/** What is stored of the past of a user's rentals. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import type { StoredChange } from '#domain/time-machine.ts';
import { kysely } from '../kysely.ts';
import { bookingColumns, matchingBookings, type BookingRow } from './bookings.ts';

export interface PastRow extends BookingRow {
  lastRemovedAt: Date | null;
  /** By the kind of change: when the last one up to that moment was seen. */
  lastChanges: Record<string, string>;
}

/** The rentals that were seen up to this moment, as they are now, by start. */
export function listSeenUntil(em: EntityManager, userId: string, at: Date): Promise<PastRow[]> {
  const lastRemovedAt = sql<Date | null>`(select max(c.at) from booking_changes c
    where c.booking_id = b.id and c.kind = 'removed' and c.at <= ${at})`;
  const lastChanges = sql<Record<string, string>>`coalesce((select jsonb_object_agg(kind, at) from (
    select c.kind, max(c.at) as at from booking_changes c where c.booking_id = b.id and c.at <= ${at} group by c.kind) last), '{}')`;
  return matchingBookings(kysely(em), userId, {})
    .where('b.firstSeenAt', '<=', at)
    .select(bookingColumns)
    .select([lastRemovedAt.as('lastRemovedAt'), lastChanges.as('lastChanges')])
    .orderBy('b.startsAt')
    .orderBy('b.id')
    .execute();
}

/** What changed after this moment, newest first. */
export function listChangesSince(em: EntityManager, userId: string, at: Date): Promise<StoredChange[]> {
  return kysely(em)
    .selectFrom('booking_changes as c')
    .select(['c.bookingId', 'c.kind', 'c.before'])
    .where('c.userId', '=', userId)
    .where('c.at', '>', at)
    .orderBy('c.at', 'desc')
    .execute();
}

/**
 * From when on every change is stored; null where nothing was ever seen. A rental that was added without a change to say
 * so shows that old changes were deleted, as they are before `horizon`. Where that one was added later, they were once kept for a
 * shorter time: then it is the oldest that is left, but for those that are always kept.
 */
export async function rememberedSince(em: EntityManager, userId: string, horizon: Date): Promise<Date | null> {
  const forgotten = sql`select b.first_seen_at as added_at from bookings b where b.user_id = ${userId} and not exists (
    select 1 from booking_changes c where c.booking_id = b.id and c.kind = 'added')`;
  const oldest = sql`coalesce((select min(c.at) from booking_changes c
      where c.user_id = ${userId} and c.kind not in ('price', 'status')),
    (select max(b.updated_at) from bookings b where b.user_id = ${userId}))`;
  const { rows } = await sql<{ since: Date | null }>`
    select case when exists (select from (${forgotten}) f where added_at >= ${horizon}) then ${oldest}
      when exists (${forgotten}) then least(${oldest}, ${horizon})
      else (select min(b.first_seen_at) from bookings b where b.user_id = ${userId}) end as since`.execute(kysely(em));
  return rows[0]!.since;
}
