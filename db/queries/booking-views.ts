/** Bookings as the pages look at them: a span of the calendar, sums, and clashes. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import { anyOf, kysely } from '../kysely.ts';
import { isHeld, meaningOf } from '../rental-status.ts';
import { studioZoneName } from '../studio-day.ts';
import { bookingColumns, matchingBookings, type BookingFilter, type BookingRow } from './bookings.ts';

/** Everything that takes place in the span, even if it began before, by start. At most `limit`. */
export function bookingsBetween(
  em: EntityManager,
  userId: string,
  { from, to, limit, ...filter }: BookingFilter & { from: Date; to: Date; limit: number },
): Promise<BookingRow[]> {
  return matchingBookings(kysely(em), userId, { ...filter, to, endsAfter: from })
    .select(bookingColumns)
    .orderBy('b.startsAt')
    .orderBy('b.id')
    .limit(limit)
    .execute();
}

export interface BookingCounts {
  upcoming: number;
  past: number;
  /** Canceled, or gone before they began, whenever. */
  canceled: number;
}

export function countBookings(
  em: EntityManager,
  userId: string,
  { now, ...filter }: BookingFilter & { now: Date },
): Promise<BookingCounts> {
  return matchingBookings(kysely(em), userId, filter)
    .select((eb) => {
      const { countAll } = eb.fn;
      return [
        countAll<number>().filterWhere(isHeld).filterWhere('b.endsAt', '>', now).as('upcoming'),
        countAll<number>().filterWhere(isHeld).filterWhere('b.endsAt', '<=', now).as('past'),
        countAll<number>().filterWhere(eb.not(isHeld)).as('canceled'),
      ];
    })
    .executeTakeFirstOrThrow();
}

export interface BookingSum {
  rentals: number;
  minutes: number;
  cents: number;
}

export interface BookingTotals {
  /** Calendar months in New York, `2026-11`, only those with rentals. */
  months: ({ month: string } & BookingSum)[];
  /** The most expensive first. */
  studios: ({ studio: string; location: string } & BookingSum)[];
  /** Rentals whose price is not known; they count as nothing in `cents`. */
  unpriced: number;
  /** What of all that waits to be confirmed. */
  pending: BookingSum;
  /** The first and last year, in New York, that have any rental with this filter. */
  years: { first: number; last: number } | null;
}

const sums = sql`count(*) as rentals, coalesce(sum(minutes), 0) as minutes, coalesce(sum(cents), 0) as cents`;
const startInNewYork = sql<Date>`b.starts_at at time zone ${studioZoneName}`;
const lengthInMinutes = sql<number>`round(extract(epoch from b.ends_at - b.starts_at) / 60)`;

/** Sums over what is or was the user's: canceled ones, and what was gone before it began, do not count. */
export async function bookingTotals(
  em: EntityManager,
  userId: string,
  { year, ...filter }: BookingFilter & { year: number },
): Promise<BookingTotals> {
  const kept = matchingBookings(kysely(em), userId, filter)
    .where(isHeld)
    .select(['b.studio', 'b.location', 'b.priceCents as cents'])
    .select([startInNewYork.as('starts'), lengthInMinutes.as('minutes')])
    .select(sql<boolean>`${meaningOf(sql`b.status`)} = 'tentative'`.as('pending'));
  const { rows } = await sql<BookingTotals>`with kept as (${kept}), of_year as (
      select * from kept where extract(year from starts) = ${year}
    ), months as (
      select to_char(starts, 'YYYY-MM') as month, ${sums} from of_year group by 1
    ), studios as (
      select studio, location, ${sums} from of_year group by studio, location
    )
    select (select coalesce(jsonb_agg(to_jsonb(m) order by month), '[]') from months m) as months,
      (select coalesce(jsonb_agg(to_jsonb(s) order by cents desc, minutes desc, studio, location), '[]')
        from studios s) as studios,
      (select count(*) from of_year where cents is null) as unpriced,
      (select to_jsonb(p) from (select ${sums} from of_year where pending) p) as pending,
      (select jsonb_build_object('first', extract(year from min(starts)), 'last', extract(year from max(starts)))
        from kept having count(*) > 0) as years`.execute(kysely(em));
  return rows[0]!;
}

export interface Overlap {
  /** The one that starts first. */
  first: BookingRow;
  second: BookingRow;
}

/**
 * Upcoming rentals that are at the same time, the nearest first. Comparing each with each takes seconds for thousands, so
 * one pass finds those that begin before the earlier ones have all ended: each is in a pair, so `limit` of them do.
 */
export async function overlappingBookings(
  em: EntityManager,
  userId: string,
  now: Date,
  limit: number,
): Promise<Overlap[]> {
  const { rows: pairs } = await sql<{ first: string; second: string }>`with coming as materialized (
      select b.id, b.starts_at, b.ends_at, max(b.ends_at) over (
          order by b.starts_at, b.id rows between unbounded preceding and 1 preceding
        ) as busy_until
      from bookings b where b.user_id = ${userId} and b.ends_at > ${now} and ${isHeld}
    ), clashing as (
      select * from coming where starts_at < busy_until order by starts_at, id limit ${limit}
    )
    select a.id as first, b.id as second from clashing b
    join coming a on a.ends_at > b.starts_at and (a.starts_at, a.id) < (b.starts_at, b.id)
    order by b.starts_at, b.id, a.starts_at, a.id limit ${limit}`.execute(kysely(em));
  if (pairs.length === 0) return [];
  const ids = [...new Set(pairs.flatMap(({ first, second }) => [first, second]))];
  const found = matchingBookings(kysely(em), userId, {}).where('b.id', '=', anyOf(ids)).select(bookingColumns);
  const known = new Map((await found.execute()).map((row) => [row.id, row]));
  return pairs.map(({ first, second }) => ({ first: known.get(first)!, second: known.get(second)! }));
}
