import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import { decodeTimeCursor, encodeTimeCursor, page } from '../cursor.ts';
import { given, kysely, now, type Row } from '../kysely.ts';
import { isUuid } from '#domain/ids.ts';

export type { ChangeValues } from '../entities/booking-change.ts';

/** Of `booking_changes as c` and its `bookings as b`: a change, and the booking's name as it is now. */
export const changeColumns = [
  'c.id',
  'c.at',
  'c.kind',
  'c.bookingId',
  'c.jobId',
  'c.before',
  'c.after',
  'b.name',
] as const;

export type BookingChangeRow = Omit<Row<'booking_changes'>, 'userId' | 'acknowledgedAt'> &
  Pick<Row<'bookings'>, 'name'>;

interface ChangeFilter {
  bookingId?: string;
  jobId?: string;
  /** Only what the user has not looked at, or only what they have; both where left out. */
  unseen?: boolean;
}

/** What changed for a user, newest first. Throws `BadCursorError`. */
export async function listChanges(
  em: EntityManager,
  userId: string,
  { limit, cursor, bookingId, jobId, unseen }: ChangeFilter & { limit: number; cursor?: string | null },
): Promise<{ changes: BookingChangeRow[]; nextCursor: string | null }> {
  const after = decodeTimeCursor('changes', cursor);
  if ([bookingId, jobId].some((id) => id !== undefined && !isUuid(id))) return { changes: [], nextCursor: null };
  const found = await kysely(em)
    .selectFrom('booking_changes as c')
    .innerJoin('bookings as b', 'b.id', 'c.bookingId')
    .select(changeColumns)
    .where((eb) =>
      eb.and(
        given([
          eb('c.userId', '=', userId),
          unseen !== undefined && eb(isUnseenBy(userId), '=', unseen),
          bookingId !== undefined && eb('c.bookingId', '=', bookingId),
          jobId !== undefined && eb('c.jobId', '=', jobId),
          after && eb(eb.refTuple('c.at', 'c.id'), '<', eb.tuple(after.at, after.id)),
        ]),
      ),
    )
    .orderBy('c.at', 'desc')
    .orderBy('c.id', 'desc')
    .limit(limit + 1)
    .execute();
  const { items, nextCursor } = page(found, limit, ({ at, id }) => encodeTimeCursor('changes', { at, id }));
  return { changes: items, nextCursor };
}

// Until the user looks for the first time, the first sync counts as seen: all that it found is new. Its changes are
// deleted when they are old, its bookings never.
export const seenAt = sql<Date | null>`coalesce(u.changes_seen_at,
  (select min(f.first_seen_at) from bookings f where f.user_id = u.id))`;

/** Of `booking_changes as c`. */
const isUnseenBy = (userId: string) =>
  sql<boolean>`(c.acknowledged_at is null and c.at > (select ${seenAt} from users u where u.id = ${userId}))`;

/** How many changes the user has not looked at. */
export async function countUnseenChanges(em: EntityManager, userId: string): Promise<number> {
  const { count } = await kysely(em)
    .selectFrom('booking_changes as c')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('c.userId', '=', userId)
    .where(isUnseenBy(userId))
    .executeTakeFirstOrThrow();
  return count;
}

/** The user has looked at what changed up to this time; up to now where it is left out. It never goes back. */
export async function markChangesSeen(em: EntityManager, userId: string, upTo?: Date): Promise<void> {
  const seen = upTo ? sql<Date>`least(${upTo}, now())` : now;
  await kysely(em)
    .updateTable('users')
    .set({ changesSeenAt: sql<Date>`greatest(changes_seen_at, ${seen})` })
    .where('id', '=', userId)
    .execute();
}

/** Up to when the user has looked at what changed; null where nothing has changed yet. */
export async function readChangesSeenAt(em: EntityManager, userId: string): Promise<Date | null> {
  const user = kysely(em).selectFrom('users as u').select(seenAt.as('at')).where('u.id', '=', userId);
  return (await user.executeTakeFirst())?.at ?? null;
}
