/** What conflicts with rentals: the rows from which `domain/conflicts.ts` tells. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { sql, type RawBuilder } from 'kysely';
import { conflictsOf, type Conflict, type Conflicts } from '#domain/conflicts.ts';
import { longestWayMinutes } from '#domain/travel.ts';
import { kysely } from '../kysely.ts';
import { isHeld, isHeldStatus } from '../rental-status.ts';
import { isUuid } from '#domain/ids.ts';
import { bookingColumns, matchingBookings, type BookingRow } from './bookings.ts';

/** An event of a rental names this many, and says how many there are. */
const mostInEvent = 3;
const mostOnPage = 20;

const way = sql`interval '${sql.raw(String(longestWayMinutes))} minutes'`;

type Near = Pick<BookingRow, 'id' | 'name' | 'startsAt' | 'endsAt' | 'studio' | 'location'>;

/** Upcoming rentals that a sync found new, moved, back, or held again: the others are no news. */
const newsOf = (userId: string, jobId: string): RawBuilder<unknown> =>
  sql`select b.id, b.starts_at, b.ends_at from bookings b where b.user_id = ${userId} and b.ends_at > now() and ${isHeld} and b.id in (
      select c.booking_id from booking_changes c where c.job_id = ${jobId} and (
        c.kind in ('added', 'restored', 'moved', 'location')
        or c.kind = 'status' and not ${isHeldStatus(sql<string>`(c.before ->> 'status')`)}))`;

/**
 * By the id of the booking, for `data.conflicts` of its event. One pass over the time that the news cover leaves those that
 * have a neighbor close enough: comparing each with each takes seconds for thousands.
 */
export async function readNewConflicts(
  tx: EntityManager,
  { userId, jobId }: { userId: string; jobId: string },
): Promise<Record<string, object>> {
  const { rows } = await sql<Near & { isNews: boolean }>`with news as materialized (${newsOf(userId, jobId)}), near as (
      select b.id, b.name, b.starts_at, b.ends_at, b.studio, b.location, b.id in (select id from news) as is_news,
        max(b.ends_at) over (
          order by b.starts_at, b.id rows between unbounded preceding and 1 preceding
        ) as busy_until,
        lead(b.starts_at) over (order by b.starts_at, b.id) as next_start
      from bookings b where b.user_id = ${userId} and ${isHeld}
        and b.ends_at >= (select min(starts_at) from news) - ${way}
        and b.starts_at <= (select max(ends_at) from news) + ${way}
    )
    select id, name, starts_at, ends_at, studio, location, is_news from near
    where starts_at < busy_until + ${way} or next_start < ends_at + ${way}`.execute(kysely(tx));
  const found = conflictsOf(rows, ({ isNews }) => isNews, mostInEvent);
  return Object.fromEntries([...found].map(([{ id }, conflicts]) => [id, asTold(conflicts)]));
}

function asTold({ count, first }: Conflicts<Near>): object {
  return { count, first: first.map(asToldOne) };
}

function asToldOne(conflict: Conflict<Near>): object {
  const { id, name, startsAt, endsAt, studio, location } = conflict.other;
  const booking = { id, name, starts_at: startsAt, ends_at: endsAt, studio, location };
  if (conflict.kind === 'same_time') return { kind: conflict.kind, booking };
  const { kind, minutesBetween, minutesNeeded } = conflict;
  return { kind, booking, minutes_between: minutesBetween, minutes_needed: minutesNeeded };
}

/** What conflicts with this rental; nothing where it is canceled, gone or another user's. */
export async function readConflicts(em: EntityManager, userId: string, id: string): Promise<Conflict<BookingRow>[]> {
  if (!isUuid(id)) return [];
  const asked = matchingBookings(kysely(em), userId, { canceled: false }).where('b.id', '=', id);
  const near = await matchingBookings(kysely(em), userId, { canceled: false })
    .innerJoin(asked.select(['b.startsAt', 'b.endsAt']).as('a'), (join) =>
      join.on(sql<boolean>`b.starts_at <= a.ends_at + ${way}`).on(sql<boolean>`b.ends_at >= a.starts_at - ${way}`),
    )
    .select(bookingColumns)
    .orderBy('b.startsAt')
    .orderBy('b.id')
    .execute();
  const found = conflictsOf(near, (one) => one.id === id, mostOnPage);
  return [...found.values()].flatMap(({ first }) => first);
}
