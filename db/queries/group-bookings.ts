/** Rentals of groups, for those who have a role in the group. Prices are not for viewers. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import { decodeTimeCursor, encodeTimeCursor, page } from '../cursor.ts';
import { given, kysely, type Row } from '../kysely.ts';
import { isUuid } from '#domain/ids.ts';
import { isHeld } from '../rental-status.ts';

type Columns = 'id' | 'name' | 'startsAt' | 'endsAt' | 'studio' | 'location' | 'status' | 'priceCents' | 'removedAt';

export interface GroupBookingRow extends Pick<Row<'bookings'>, Columns> {
  groupId: string;
  groupName: string;
  ownerName: string;
  /** When a sync of the owner's rentals succeeded last. */
  syncedAt: Date | null;
}

/** Whether one's own, others' or both are wanted. */
type Whose = 'all' | 'others';

function visible(em: EntityManager, userId: string, whose: Whose) {
  return kysely(em)
    .selectFrom('groups as g')
    .innerJoin('bookings as b', 'b.groupId', 'g.id')
    .innerJoin('users as u', 'u.id', 'g.userId')
    .leftJoin('portal_accounts as a', 'a.userId', 'g.userId')
    .leftJoin('group_members as m', (join) => join.onRef('m.groupId', '=', 'g.id').on('m.userId', '=', userId))
    .where((eb) => eb.or([eb('m.userId', '=', userId), ...(whose === 'all' ? [eb('g.userId', '=', userId)] : [])]))
    .select(['b.id', 'b.name', 'b.startsAt', 'b.endsAt', 'b.studio', 'b.location', 'b.status', 'b.removedAt'])
    .select(['g.id as groupId', 'g.name as groupName', 'a.lastSyncAt as syncedAt'])
    .select([
      sql<number | null>`case when m.role is distinct from 'viewer' then b.price_cents end`.as('priceCents'),
      sql<string>`coalesce(nullif(u.name, ''), u.email)`.as('ownerName'),
    ]);
}

export interface GroupBookingPage {
  groupId: string;
  from?: Date | undefined;
  to?: Date | undefined;
  limit: number;
  cursor?: string | null | undefined;
  /** The earliest start first, as one reads what is to come. */
  soonestFirst?: boolean | undefined;
}

/** Newest start first, where not asked otherwise; nothing of a group in which the user has no role. Throws `BadCursorError`. */
export async function listGroupBookings(
  em: EntityManager,
  userId: string,
  { groupId, from, to, limit, cursor, soonestFirst = false }: GroupBookingPage,
): Promise<{ bookings: GroupBookingRow[]; nextCursor: string | null }> {
  const list = soonestFirst ? 'group bookings to come' : 'group bookings';
  const [order, beyond] = soonestFirst ? (['asc', '>'] as const) : (['desc', '<'] as const);
  const after = decodeTimeCursor(list, cursor);
  if (!isUuid(groupId)) return { bookings: [], nextCursor: null };
  const found = await visible(em, userId, 'all')
    .where((eb) =>
      eb.and(
        given([
          eb('g.id', '=', groupId),
          from && eb('b.startsAt', '>=', from),
          to && eb('b.startsAt', '<', to),
          after && eb(eb.refTuple('b.startsAt', 'b.id'), beyond, eb.tuple(after.at, after.id)),
        ]),
      ),
    )
    .orderBy('b.startsAt', order)
    .orderBy('b.id', order)
    .limit(limit + 1)
    .execute();
  const { items, nextCursor } = page(found, limit, ({ startsAt: at, id }) => encodeTimeCursor(list, { at, id }));
  return { bookings: items, nextCursor };
}

/** What others share with the user and has not ended, next one first, without canceled and removed ones. */
export function listSharedUpcoming(
  em: EntityManager,
  userId: string,
  now: Date,
  limit: number,
): Promise<GroupBookingRow[]> {
  return visible(em, userId, 'others')
    .where('b.endsAt', '>', now)
    .where(isHeld)
    .orderBy('b.startsAt')
    .orderBy('b.id')
    .limit(limit)
    .execute();
}

/** What others shared and is canceled, declined or gone, of the time until then, next one first. */
export function listSharedLost(
  em: EntityManager,
  userId: string,
  { from, to }: { from: Date; to: Date },
  limit: number,
): Promise<GroupBookingRow[]> {
  return visible(em, userId, 'others')
    .where('b.endsAt', '>', from)
    .where('b.startsAt', '<', to)
    .where((eb) => eb.not(isHeld))
    .orderBy('b.startsAt')
    .orderBy('b.id')
    .limit(limit)
    .execute();
}

/** The group in which the user sees a rental of somebody else; null where it is not shared. */
export async function readSharedGroup(em: EntityManager, userId: string, bookingId: string): Promise<string | null> {
  if (!isUuid(bookingId)) return null;
  const found = await visible(em, userId, 'others').where('b.id', '=', bookingId).executeTakeFirst();
  return found?.groupId ?? null;
}
