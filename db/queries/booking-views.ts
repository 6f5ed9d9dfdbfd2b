/** Bookings as the pages look at them: a span of the calendar, sums, and what collides. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { allOf, firstRow, isUuid, rows, sql, type AsRead, type Sql } from '../sql.ts';
import { bookingColumns, bookingCondition, bookingFrom, type BookingFilter, type BookingRow } from './bookings.ts';

/** The portal's statuses are an open set; these rooms are no longer the user's. */
const held = (alias: Sql): Sql => sql`${alias}.removed_at is null and ${alias}.status not ilike '%cancel%'`;
const newYork = (moment: Sql): Sql => sql`(${moment} at time zone 'America/New_York')`;

/** All that takes place in the span, also where it began before, by start. At most `limit`. */
export async function bookingsBetween(
  em: EntityManager,
  userId: string,
  { from, to, limit, ...filter }: BookingFilter & { from: Date; to: Date; limit: number },
): Promise<BookingRow[]> {
  const found = await rows<AsRead<BookingRow>>(
    em,
    sql`select ${bookingColumns} from bookings b
        where ${bookingCondition(userId, { ...filter, to, endsAfter: from })}
        order by b.starts_at, b.id limit ${limit}`,
  );
  return found.map(bookingFrom);
}

export interface BookingCounts {
  upcoming: number;
  past: number;
  /** Canceled or no longer on the portal, whenever. */
  canceled: number;
}

export async function countBookings(
  em: EntityManager,
  userId: string,
  { now, ...filter }: BookingFilter & { now: Date },
): Promise<BookingCounts> {
  const found = await firstRow<BookingCounts>(
    em,
    sql`select count(*) filter (where is_held and ends_at > ${now})::int as upcoming,
          count(*) filter (where is_held and ends_at <= ${now})::int as past,
          count(*) filter (where not is_held)::int as canceled
        from (select b.ends_at, ${held(sql`b`)} as is_held from bookings b
              where ${bookingCondition(userId, filter)}) counted`,
  );
  return found!;
}

export interface BookingSum {
  rentals: number;
  minutes: number;
  cents: number;
}

export interface BookingTotals {
  /** Calendar months in New York, `2026-11`, those with rentals only. */
  months: ({ month: string } & BookingSum)[];
  /** The dearest first. */
  studios: ({ studio: string; location: string } & BookingSum)[];
  /** Rentals whose price is not known; they count as nothing in `cents`. */
  unpriced: number;
  /** The first and last year, in New York, that have any rental with this filter. */
  years: { first: number; last: number } | null;
}

const sums = sql`count(*)::int as rentals, coalesce(sum(minutes), 0)::int as minutes, coalesce(sum(cents), 0)::int as cents`;

/** Sums over what is or was the user's: canceled and removed ones do not count. */
export async function bookingTotals(
  em: EntityManager,
  userId: string,
  { year, ...filter }: BookingFilter & { year: number },
): Promise<BookingTotals> {
  const found = await firstRow<BookingTotals>(
    em,
    sql`with kept as (
          select ${newYork(sql`b.starts_at`)} as starts, b.studio, b.location, b.price_cents as cents,
            round(extract(epoch from b.ends_at - b.starts_at) / 60) as minutes
          from bookings b where ${allOf([bookingCondition(userId, filter), held(sql`b`)])}
        ), of_year as (
          select * from kept where extract(year from starts) = ${year}
        ), months as (
          select to_char(starts, 'YYYY-MM') as month, ${sums} from of_year group by 1
        ), studios as (
          select studio, location, ${sums} from of_year group by studio, location
        )
        select (select coalesce(jsonb_agg(to_jsonb(m) order by month), '[]') from months m) as months,
          (select coalesce(jsonb_agg(to_jsonb(s) order by cents desc, minutes desc, studio, location), '[]')
            from studios s) as studios,
          (select count(*)::int from of_year where cents is null) as unpriced,
          (select jsonb_build_object('first', extract(year from min(starts)), 'last', extract(year from max(starts)))
            from kept having count(*) > 0) as years`,
  );
  return found!;
}

export interface Overlap {
  /** The one that starts first. */
  first: BookingRow;
  second: BookingRow;
}

/**
 * Coming rentals that are at the same time, the nearest first. Comparing each with each takes seconds for thousands, so
 * one pass finds those that begin before the earlier ones have all ended: each is in a pair, so `limit` of them do.
 */
export async function overlappingBookings(
  em: EntityManager,
  userId: string,
  now: Date,
  limit: number,
): Promise<Overlap[]> {
  const pairs = await rows<{ first: string; second: string }>(
    em,
    sql`with coming as materialized (
          select b.id, b.starts_at, b.ends_at, max(b.ends_at) over (
              order by b.starts_at, b.id rows between unbounded preceding and 1 preceding
            ) as busy_until
          from bookings b where b.user_id = ${userId} and b.ends_at > ${now} and ${held(sql`b`)}
        ), clashing as (
          select * from coming where starts_at < busy_until order by starts_at, id limit ${limit}
        )
        select a.id as first, b.id as second from clashing b
        join coming a on a.ends_at > b.starts_at and (a.starts_at, a.id) < (b.starts_at, b.id)
        order by b.starts_at, b.id, a.starts_at, a.id limit ${limit}`,
  );
  const known = await bookingsById(em, userId, [...new Set(pairs.flatMap(({ first, second }) => [first, second]))]);
  return pairs.map(({ first, second }) => ({ first: known.get(first)!, second: known.get(second)! }));
}

async function bookingsById(em: EntityManager, userId: string, ids: string[]): Promise<Map<string, BookingRow>> {
  if (ids.length === 0) return new Map();
  const found = await rows<AsRead<BookingRow>>(
    em,
    sql`select ${bookingColumns} from bookings b where b.user_id = ${userId} and b.id = any(${ids}::uuid[])`,
  );
  return new Map(found.map((row) => [row.id, bookingFrom(row)]));
}

/** The rentals that are at the same time as this one; none where it is canceled, gone or another user's. */
export async function bookingsAtTheSameTime(em: EntityManager, userId: string, id: string): Promise<BookingRow[]> {
  if (!isUuid(id)) return [];
  const found = await rows<AsRead<BookingRow>>(
    em,
    sql`select ${bookingColumns} from bookings a
        join bookings b on b.user_id = a.user_id and b.id <> a.id
          and b.starts_at < a.ends_at and b.ends_at > a.starts_at
        where a.id = ${id} and a.user_id = ${userId} and ${held(sql`a`)} and ${held(sql`b`)}
        order by b.starts_at, b.id limit 20`,
  );
  return found.map(bookingFrom);
}
