/** Reading bookings. They are written by the reconcile alone. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { sql, type QueryCreator } from 'kysely';
import { decodeTimeCursor, encodeTimeCursor, page } from '../cursor.ts';
import { given, kysely, type Database, type Row } from '../kysely.ts';
import { blankRental, type RentalValues } from '#domain/rental-list/fields.ts';
import { isHeldStatus } from '../rental-status.ts';
import { isUuid, storable } from '../text.ts';

export { listChanges, countUnseenChanges, markChangesSeen, readChangesSeenAt } from './booking-changes.ts';
export type { BookingChangeRow } from './booking-changes.ts';

const columnNames = [
  ...(['id', 'recordId', 'recordUrl', 'firstSeenAt', 'lastSeenAt', 'removedAt', 'sequence', 'updatedAt'] as const),
  ...(Object.keys(blankRental) as (keyof RentalValues)[]),
];

export type BookingRow = Pick<Row<'bookings'>, (typeof columnNames)[number]>;

/** Of `bookings as b`. */
export const bookingColumns = columnNames.map((name) => `b.${name}` as const);

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
  /** Only those that are canceled, declined or gone, or only the others. */
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

/** One page of a user's bookings and how many there are in all with this filter. Throws `BadCursorError`. */
export async function listBookings(
  em: EntityManager,
  userId: string,
  { order = 'newest', limit, cursor, ...filter }: BookingPage,
): Promise<{ bookings: BookingRow[]; total: number; nextCursor: string | null }> {
  const list = `bookings ${order}`;
  const after = decodeTimeCursor(list, cursor);
  const [direction, beyond] = order === 'newest' ? (['desc', '<'] as const) : (['asc', '>'] as const);
  const matching = matchingBookings(kysely(em), userId, filter);
  const found = await matching
    .select(bookingColumns)
    .$if(after !== null, (bookings) =>
      bookings.where((eb) => eb(eb.refTuple('b.startsAt', 'b.id'), beyond, eb.tuple(after!.at, after!.id))),
    )
    .orderBy('b.startsAt', direction)
    .orderBy('b.id', direction)
    .limit(limit + 1)
    .execute();
  const { total } = await matching.select((eb) => eb.fn.countAll<number>().as('total')).executeTakeFirstOrThrow();
  const { items, nextCursor } = page(found, limit, ({ startsAt, id }) => encodeTimeCursor(list, { at: startsAt, id }));
  return { bookings: items, total, nextCursor };
}

/** Of `bookings as b`: still the user's, on the portal and neither canceled nor declined. */
export const isHeld = sql<boolean>`(b.removed_at is null and ${isHeldStatus(sql`b.status`)})`;

/** A user's `bookings as b` with this filter, of which columns, sums and order are still to be said. */
export function matchingBookings(db: QueryCreator<Database>, userId: string, filter: BookingFilter) {
  const { from, to, status, studio, location, q, removed, canceled, endsAfter, endsBy } = filter;
  return db.selectFrom('bookings as b').where((eb) => {
    const says = (column: 'b.status' | 'b.studio' | 'b.location', word: string | undefined) =>
      word !== undefined && eb(eb.fn('lower', [column]), '=', eb.fn('lower', [eb.val(storable(word))]));
    return eb.and(
      given([
        eb('b.userId', '=', userId),
        from && eb('b.startsAt', '>=', from),
        to && eb('b.startsAt', '<', to),
        says('b.status', status),
        says('b.studio', studio),
        says('b.location', location),
        q && containing(q),
        removed !== undefined && eb('b.removedAt', removed ? 'is not' : 'is', null),
        canceled !== undefined && (canceled ? eb.not(isHeld) : isHeld),
        endsAfter && eb('b.endsAt', '>', endsAfter),
        endsBy && eb('b.endsAt', '<=', endsBy),
      ]),
    );
  });
}

function containing(text: string) {
  const pattern = `%${storable(text).replace(/[\\%_]/g, '\\$&')}%`;
  return sql<boolean>`concat_ws(' ', b.name, b.studio, b.location, b.status, b.record_id) ilike ${pattern}`;
}

/** Bookings that are on the portal, not canceled and not yet over, the nearest first. */
export function upcomingBookings(em: EntityManager, userId: string, now: Date, limit: number): Promise<BookingRow[]> {
  return matchingBookings(kysely(em), userId, { canceled: false, endsAfter: now })
    .select(bookingColumns)
    .orderBy('b.startsAt')
    .orderBy('b.id')
    .limit(limit)
    .execute();
}

/** One booking of this user, or null: another user's is not found either. */
export async function readBooking(em: EntityManager, userId: string, id: string): Promise<BookingRow | null> {
  if (!isUuid(id)) return null;
  const booking = matchingBookings(kysely(em), userId, {}).where('b.id', '=', id).select(bookingColumns);
  return (await booking.executeTakeFirst()) ?? null;
}
