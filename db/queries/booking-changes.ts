import type { EntityManager } from '@mikro-orm/postgresql';
import { decodeTimeCursor, encodeTimeCursor, page } from '../cursor.ts';
import type { ChangeKind, ChangeValues } from '../entities/booking-change.ts';
import { affected, allOf, firstRow, isUuid, rows, sql, withTimes, type AsRead } from '../sql.ts';

export type { ChangeKind, ChangeValues } from '../entities/booking-change.ts';

export interface BookingChangeRow {
  id: string;
  at: Date;
  kind: ChangeKind;
  bookingId: string;
  /** Null once the job is past its retention. */
  jobId: string | null;
  /** The booking's name as it is now. */
  name: string;
  /** What was, of the fields that the change is about; null for an added one. */
  before: ChangeValues | null;
  /** What is; null for a removed one. */
  after: ChangeValues | null;
}

/** What changed for a user, newest first, of one booking or job if asked for. Throws `BadCursorError`. */
export async function listChanges(
  em: EntityManager,
  userId: string,
  { limit, cursor, bookingId, jobId }: { limit: number; cursor?: string | null; bookingId?: string; jobId?: string },
): Promise<{ changes: BookingChangeRow[]; nextCursor: string | null }> {
  const after = decodeTimeCursor('changes', cursor);
  if ([bookingId, jobId].some((id) => id !== undefined && !isUuid(id))) return { changes: [], nextCursor: null };
  const found = await rows<AsRead<BookingChangeRow>>(
    em,
    sql`select c.id, c.at, c.kind, c.booking_id as "bookingId", c.job_id as "jobId", b.name, c.before, c.after
        from booking_changes c join bookings b on b.id = c.booking_id
        where ${allOf([
          sql`c.user_id = ${userId}`,
          bookingId !== undefined && sql`c.booking_id = ${bookingId}`,
          jobId !== undefined && sql`c.job_id = ${jobId}`,
          after && sql`(c.at, c.id) < (${after.at}::timestamptz, ${after.id}::uuid)`,
        ])}
        order by c.at desc, c.id desc limit ${limit + 1}`,
  );
  const { items, nextCursor } = page(
    found.map((change) => withTimes<BookingChangeRow>(change, 'at')),
    limit,
    ({ at, id }) => encodeTimeCursor('changes', { at, id }),
  );
  return { changes: items, nextCursor };
}

// Until the user has looked for the first time, the first sync counts as seen: all that it found is new.
const seenAt = sql`coalesce(u.changes_seen_at, (select min(f.at) from booking_changes f where f.user_id = u.id))`;

/** How many changes the user has not looked at. */
export async function countUnseenChanges(em: EntityManager, userId: string): Promise<number> {
  const found = await firstRow<{ count: number }>(
    em,
    sql`select count(*)::int as count from booking_changes c join users u on u.id = c.user_id
        where c.user_id = ${userId} and c.at > ${seenAt}`,
  );
  return found?.count ?? 0;
}

/** The user has looked at what changed up to this time; now where it is left out. It never goes back. */
export async function markChangesSeen(em: EntityManager, userId: string, upTo?: Date): Promise<void> {
  await affected(
    em,
    sql`update users set changes_seen_at = greatest(changes_seen_at, ${upTo ? sql`least(${upTo}, now())` : sql`now()`})
        where id = ${userId}`,
  );
}

/** Up to when the user has looked at what changed; null where nothing has changed yet. */
export async function readChangesSeenAt(em: EntityManager, userId: string): Promise<Date | null> {
  const found = await firstRow<{ at: string | null }>(
    em,
    sql`select ${seenAt} as at from users u where u.id = ${userId}`,
  );
  return found?.at ? new Date(found.at) : null;
}
