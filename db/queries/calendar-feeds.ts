/**
 * Calendar feeds and what they show. What a feed shows is decided in one condition, and by whole New York days, so
 * that it stays the same from one fetch to the next while nothing happened.
 */
import type { EntityManager } from '@mikro-orm/postgresql';
import type { FeedFilters } from '../entities/calendar-feed.ts';
import { affected, firstRow, rows, sql, withTimes, type AsRead, type Sql } from '../sql.ts';
import type { BookingRow } from './bookings.ts';

/** For how long a canceled or removed rental stays in a feed, so that every calendar hears of it. */
export const canceledStayDays = 14;

/** A feed and, in few values, all that its text depends on. */
export interface FeedVersion {
  id: string;
  userId: string;
  name: string;
  alarmMinutes: number[];
  /** The user's sync interval; null where the configuration decides. */
  intervalMinutes: number | null;
  lastFetchedAt: Date | null;
  /** How many bookings it shows. */
  count: number;
  /** Differs where anything of what it shows differs. */
  digest: string;
  /** Since when it may be as it is: the last change of the feed or of a booking, or the beginning of the day. */
  changedAt: Date;
}

/** A booking as calendars show it. */
export type FeedBooking = Omit<BookingRow, 'recordId' | 'lastSeenAt'>;

/** Joins, to a feed `f` and its bookings `b`, the New York day that decides. */
const today = (now: Date): Sql =>
  sql`(select date_trunc('day', ${now}::timestamptz at time zone 'America/New_York')
        at time zone 'America/New_York' as began) today`;

const passes = (filter: Sql, value: Sql): Sql =>
  sql`(jsonb_array_length(coalesce(f.filters->${filter}, '[]')) = 0 or exists (
        select 1 from jsonb_array_elements_text(f.filters->${filter}) as wanted where lower(wanted) = lower(${value})))`;

const isTrue = (filter: Sql): Sql => sql`coalesce((f.filters->>${filter})::boolean, false)`;

const shown = sql`(${passes(sql`'studios'`, sql`b.studio`)} and ${passes(sql`'locations'`, sql`b.location`)}
  and ${passes(sql`'statuses'`, sql`b.status`)}
  and (not ${isTrue(sql`'upcomingOnly'`)} or b.ends_at >= today.began)
  and ((b.removed_at is null and b.status not ilike 'cancel%') or (not ${isTrue(sql`'hideCanceled'`)}
    and b.updated_at >= today.began - make_interval(days => ${canceledStayDays}::int))))`;

const columns = sql`b.id, b.name, b.starts_at as "startsAt", b.ends_at as "endsAt", b.studio, b.location, b.status,
  b.price_cents as "priceCents", b.record_url as "recordUrl", b.first_seen_at as "firstSeenAt",
  b.removed_at as "removedAt", b.sequence, b.updated_at as "updatedAt"`;

/** All of a booking that is written into calendars. */
const written = sql`row(b.id, b.name, b.starts_at, b.ends_at, b.studio, b.location, b.status, b.price_cents,
  b.record_url, b.first_seen_at, b.removed_at, b.sequence, b.updated_at)::text`;

/** The feed with this token, unless it was revoked. One statement. */
export async function readFeedVersion(em: EntityManager, tokenHash: string, now: Date): Promise<FeedVersion | null> {
  const found = await firstRow<AsRead<FeedVersion>>(
    em,
    sql`select f.id, f.user_id as "userId", f.name, f.alarm_minutes as "alarmMinutes",
          u.interval_minutes as "intervalMinutes", f.last_fetched_at as "lastFetchedAt", seen.count, seen.digest,
          greatest(f.updated_at, today.began, seen.changed_at) as "changedAt"
        from calendar_feeds f join users u on u.id = f.user_id cross join ${today(now)} cross join lateral (
          select count(*) filter (where ${shown})::int as count, max(b.updated_at) as changed_at,
            coalesce(sum(hashtextextended(${written}, 0)) filter (where ${shown}), 0)::text as digest
          from bookings b where b.user_id = f.user_id
        ) seen
        where f.token_hash = ${tokenHash} and f.revoked_at is null`,
  );
  return found && withTimes<FeedVersion>(found, 'lastFetchedAt', 'changedAt');
}

/** What the feed shows, by start. */
export async function readFeedBookings(em: EntityManager, feedId: string, now: Date): Promise<FeedBooking[]> {
  const found = await rows<AsRead<FeedBooking>>(
    em,
    sql`select ${columns} from calendar_feeds f cross join ${today(now)} join bookings b on b.user_id = f.user_id
        where f.id = ${feedId} and ${shown} order by b.starts_at, b.id`,
  );
  return found.map((row) => withTimes<FeedBooking>(row, 'startsAt', 'endsAt', 'firstSeenAt', 'removedAt', 'updatedAt'));
}

/** Notes that somebody fetched the feed. */
export async function noteFetch(em: EntityManager, feedId: string, now: Date): Promise<void> {
  await affected(em, sql`update calendar_feeds set last_fetched_at = ${now} where id = ${feedId}`);
}

/** What a user's feeds can be narrowed to: every value that the bookings have, by name. */
export async function readFeedChoices(
  em: EntityManager,
  userId: string,
): Promise<Required<Pick<FeedFilters, 'studios' | 'locations' | 'statuses'>>> {
  const values = (column: Sql) =>
    sql`(select coalesce(jsonb_agg(distinct ${column} order by ${column}), '[]') from bookings b
         where b.user_id = ${userId} and ${column} <> '')`;
  const found = await firstRow<{ studios: string[]; locations: string[]; statuses: string[] }>(
    em,
    sql`select ${values(sql`b.studio`)} as studios, ${values(sql`b.location`)} as locations,
          ${values(sql`b.status`)} as statuses`,
  );
  return found!;
}
