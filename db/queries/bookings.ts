/** Reading bookings. Only the reconcile writes them, and `assign-groups.ts` their groups. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { sql, type Expression, type QueryCreator } from 'kysely';
import { decodeTimeCursor, encodeTimeCursor, page } from '../cursor.ts';
import { given, kysely, prepared, type Database, type Placed, type Row } from '../kysely.ts';
import { blankRental, type RentalValues } from '#domain/rental-list/fields.ts';
import { isHeld } from '../rental-status.ts';
import { isUuid } from '#domain/ids.ts';
import { storable } from '../text.ts';

export { listChanges, countUnseenChanges, markChangesSeen, readChangesSeenAt } from './booking-changes.ts';
export type { BookingChangeRow } from './booking-changes.ts';

const columnNames = [
  ...([
    'id',
    'recordId',
    'recordUrl',
    'firstSeenAt',
    'lastSeenAt',
    'removedAt',
    'sequence',
    'updatedAt',
    'groupId',
  ] as const),
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
  /** The id of a group; another user's group has none of the rentals. */
  group?: string;
  /** Part of the name, studio, location, status or record id, in any case. */
  q?: string;
  /** Only those that are not listed any more, or only the others; both where left out. */
  removed?: boolean;
  /** Only those that are canceled, declined or gone before they began, or only the others. */
  canceled?: boolean;
  /** Ends after. */
  endsAfter?: Date;
  /** Ends at or before. */
  endsBy?: Date;
  /** Not to come after this: ended by then, or canceled, declined or gone. */
  overBy?: Date;
}

export interface BookingPage extends BookingFilter {
  /** By start: newest first where left out. */
  order?: 'newest' | 'oldest';
  limit: number;
  cursor?: string | null;
}

type PageArgs = StoredFilter & { after?: Date; afterId?: string; most: number };
type TotalledRow = { [Name in keyof BookingRow]: BookingRow[Name] | null } & { total: number };

/** The page, and beside each of its rows how many there are in all; one row of nulls for an empty page. */
const pageInOrder = (direction: 'asc' | 'desc') =>
  prepared<PageArgs, TotalledRow>((db, { after, afterId, most, ...filter }) => {
    const beyond = sql.raw(direction === 'desc' ? '<' : '>');
    const rows = matchingStored(db, filter)
      .select(bookingColumns)
      .$if(after !== undefined, (found) =>
        found.where(sql<boolean>`(b.starts_at, b.id) ${beyond} (${after}, ${afterId})`),
      )
      .orderBy('b.startsAt', direction)
      .orderBy('b.id', direction)
      .limit(most);
    const count = matchingStored(db, filter).select((eb) => eb.fn.countAll<number>().as('total'));
    return db
      .selectFrom(count.as('counted'))
      .leftJoin(rows.as('b'), (join) => join.onTrue())
      .select('counted.total')
      .select(bookingColumns)
      .orderBy('b.startsAt', direction)
      .orderBy('b.id', direction);
  });

const pages = { newest: pageInOrder('desc'), oldest: pageInOrder('asc') };

/** One page of a user's bookings and how many there are in all with this filter. Throws `BadCursorError`. */
export async function listBookings(
  em: EntityManager,
  userId: string,
  { order = 'newest', limit, cursor, ...filter }: BookingPage,
): Promise<{ bookings: BookingRow[]; total: number; nextCursor: string | null }> {
  const list = `bookings ${order}`;
  const after = decodeTimeCursor(list, cursor);
  const args = { ...storedFilter(userId, filter), after: after?.at, afterId: after?.id, most: limit + 1 };
  const totalled = await pages[order](em, args);
  const found = totalled.filter((row): row is BookingRow & { total: number } => row.id !== null);
  const { items, nextCursor } = page(found, limit, ({ startsAt, id }) => encodeTimeCursor(list, { at: startsAt, id }));
  return { bookings: items.map(({ total: _, ...booking }) => booking), total: totalled[0]!.total, nextCursor };
}

/** A filter as the database takes it. */
interface StoredFilter extends Omit<BookingFilter, 'q'> {
  userId: string;
  /** For `ilike`. */
  pattern?: string;
}

function storedFilter(userId: string, { q, status, studio, location, ...rest }: BookingFilter): StoredFilter {
  const word = (given: string | undefined) => (given === undefined ? undefined : storable(given));
  const pattern = q ? `%${storable(q).replace(/[\\%_]/g, '\\$&')}%` : undefined;
  return { userId, ...rest, status: word(status), studio: word(studio), location: word(location), pattern };
}

/** A user's `bookings as b` with this filter; columns, sums and order are still to be added. */
export function matchingBookings(db: QueryCreator<Database>, userId: string, filter: BookingFilter) {
  const values = Object.entries(storedFilter(userId, filter)).filter(([, value]) => value !== undefined);
  return matchingStored(db, Object.fromEntries(values.map(([name, value]) => [name, sql.val(value)])) as never);
}

/** The same with places for the values. */
function matchingStored(db: QueryCreator<Database>, filter: Placed<StoredFilter>) {
  const { userId, from, to, status, studio, location, group, pattern, removed, canceled } = filter;
  const { endsAfter, endsBy, overBy } = filter;
  return db.selectFrom('bookings as b').where((eb) => {
    const says = (column: 'b.status' | 'b.studio' | 'b.location', word: Expression<string> | undefined) =>
      word && eb(eb.fn('lower', [column]), '=', eb.fn('lower', [word]));
    return eb.and(
      given([
        eb('b.userId', '=', userId),
        from && eb('b.startsAt', '>=', from),
        to && eb('b.startsAt', '<', to),
        says('b.status', status),
        says('b.studio', studio),
        says('b.location', location),
        group && eb('b.groupId', '=', group),
        pattern && sql<boolean>`concat_ws(' ', b.name, b.studio, b.location, b.status, b.record_id) ilike ${pattern}`,
        removed && sql<boolean>`(b.removed_at is not null) = ${removed}`,
        canceled && sql<boolean>`${isHeld} = not ${canceled}`,
        endsAfter && eb('b.endsAt', '>', endsAfter),
        endsBy && eb('b.endsAt', '<=', endsBy),
        overBy && eb.or([eb.not(isHeld), eb('b.endsAt', '<=', overBy)]),
      ]),
    );
  });
}

/** Bookings that are held and not yet over, the nearest first. */
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
