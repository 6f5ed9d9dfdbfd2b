/** Reading bookings. They are written by the reconcile alone. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { decodeTimeCursor, encodeTimeCursor, page } from '../cursor.ts';
import { allOf, firstRow, isUuid, rows, sql, withTimes, type AsRead, type Sql } from '../sql.ts';
import { storable } from '../text.ts';

export { listChanges, countUnseenChanges, markChangesSeen, readChangesSeenAt } from './booking-changes.ts';
export type { BookingChangeRow } from './booking-changes.ts';

export interface BookingRow {
  id: string;
  recordId: string;
  name: string;
  startsAt: Date;
  endsAt: Date;
  studio: string;
  location: string;
  status: string;
  priceCents: number | null;
  recordUrl: string;
  firstSeenAt: Date;
  lastSeenAt: Date;
  /** Since when it is no longer on the portal. */
  removedAt: Date | null;
  sequence: number;
  /** The last visible change. */
  updatedAt: Date;
}

export interface BookingFilter {
  /** Starts at or after. */
  from?: Date;
  /** Starts before. */
  to?: Date;
  /** The portal's word, in any case. */
  status?: string;
  studio?: string;
  location?: string;
  /** Part of the name, studio, location, status or record id, in any case. */
  q?: string;
  /** Only those that are gone, or only those that are not; both where left out. */
  removed?: boolean;
  /** Only those that are canceled or gone, or only the others. */
  canceled?: boolean;
  /** Ends after. */
  endsAfter?: Date;
  /** Ends at or before. */
  endsBy?: Date;
}

export interface BookingPage extends BookingFilter {
  /** By start: newest first where left out. */
  order?: 'newest' | 'oldest';
  limit: number;
  cursor?: string | null;
}

export const bookingColumns = sql`b.id, b.record_id as "recordId", b.name, b.starts_at as "startsAt", b.ends_at as "endsAt", b.studio,
  b.location, b.status, b.price_cents as "priceCents", b.record_url as "recordUrl", b.first_seen_at as "firstSeenAt",
  b.last_seen_at as "lastSeenAt", b.removed_at as "removedAt", b.sequence, b.updated_at as "updatedAt"`;

export function bookingFrom(row: AsRead<BookingRow>): BookingRow {
  return withTimes<BookingRow>(row, 'startsAt', 'endsAt', 'firstSeenAt', 'lastSeenAt', 'removedAt', 'updatedAt');
}

/** One page of a user's bookings and how many there are in all with this filter. Throws `BadCursorError`. */
export async function listBookings(
  em: EntityManager,
  userId: string,
  { order = 'newest', limit, cursor, ...filter }: BookingPage,
): Promise<{ bookings: BookingRow[]; total: number; nextCursor: string | null }> {
  const list = `bookings ${order}`;
  const after = decodeTimeCursor(list, cursor);
  const [direction, beyond] = order === 'newest' ? [sql`desc`, sql`<`] : [sql`asc`, sql`>`];
  const matching = bookingCondition(userId, filter);
  const rest = after && sql`(b.starts_at, b.id) ${beyond} (${after.at}::timestamptz, ${after.id}::uuid)`;
  const found = await rows<AsRead<BookingRow>>(
    em,
    sql`select ${bookingColumns} from bookings b where ${allOf([matching, rest])}
        order by b.starts_at ${direction}, b.id ${direction} limit ${limit + 1}`,
  );
  const count = await firstRow<{ total: number }>(
    em,
    sql`select count(*)::int as total from bookings b where ${matching}`,
  );
  const { items, nextCursor } = page(found.map(bookingFrom), limit, ({ startsAt, id }) =>
    encodeTimeCursor(list, { at: startsAt, id }),
  );
  return { bookings: items, total: count!.total, nextCursor };
}

/** The condition on `bookings b`. */
export function bookingCondition(userId: string, filter: BookingFilter): Sql {
  const { from, to, status, studio, location, q, removed, canceled, endsAfter, endsBy } = filter;
  return allOf([
    sql`b.user_id = ${userId}`,
    from && sql`b.starts_at >= ${from}`,
    to && sql`b.starts_at < ${to}`,
    status !== undefined && sql`lower(b.status) = lower(${storable(status)})`,
    studio !== undefined && sql`lower(b.studio) = lower(${storable(studio)})`,
    location !== undefined && sql`lower(b.location) = lower(${storable(location)})`,
    q ? containing(q) : null,
    removed !== undefined && (removed ? sql`b.removed_at is not null` : sql`b.removed_at is null`),
    canceled !== undefined && sql`(b.removed_at is not null or b.status ilike '%cancel%') = ${canceled}`,
    endsAfter && sql`b.ends_at > ${endsAfter}`,
    endsBy && sql`b.ends_at <= ${endsBy}`,
  ]);
}

function containing(text: string): Sql {
  const pattern = `%${storable(text).replace(/[\\%_]/g, '\\$&')}%`;
  return sql`concat_ws(' ', b.name, b.studio, b.location, b.status, b.record_id) ilike ${pattern}`;
}

/** Bookings that are on the portal, not canceled and not yet over, the nearest first. */
export async function upcomingBookings(
  em: EntityManager,
  userId: string,
  now: Date,
  limit: number,
): Promise<BookingRow[]> {
  const found = await rows<AsRead<BookingRow>>(
    em,
    sql`select ${bookingColumns} from bookings b
        where b.user_id = ${userId} and b.removed_at is null and b.ends_at > ${now} and b.status not ilike 'cancel%'
        order by b.starts_at, b.id limit ${limit}`,
  );
  return found.map(bookingFrom);
}

/** One booking of this user, or null: another user's is not found either. */
export async function readBooking(em: EntityManager, userId: string, id: string): Promise<BookingRow | null> {
  if (!isUuid(id)) return null;
  const found = await firstRow<AsRead<BookingRow>>(
    em,
    sql`select ${bookingColumns} from bookings b where b.id = ${id} and b.user_id = ${userId}`,
  );
  return found && bookingFrom(found);
}
