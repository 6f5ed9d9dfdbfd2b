/**
 * Calendar feeds and what they show. What a feed shows is decided in one condition, and by whole New York days, so
 * that it stays the same from one fetch to the next while nothing happened.
 */
import type { EntityManager } from '@mikro-orm/postgresql';
import { sql, type RawBuilder } from 'kysely';
import type { FeedChoicesView, StoredFeedFilters } from '#domain/shapes/calendar.ts';
import type { FailureKind } from '#domain/failure-kinds.ts';
import type { PausedReason } from '#domain/sync-states.ts';
import { kysely, type Row } from '../kysely.ts';
import { bookingColumns, isHeld, type BookingRow } from './bookings.ts';

/** For how long a canceled, declined or removed rental stays in a feed, so that every calendar hears of it. */
export const canceledStayDays = 14;

/** A feed and, in few values, all that its text depends on. */
export interface FeedVersion
  extends
    Pick<Row<'calendar_feeds'>, 'id' | 'userId' | 'name' | 'alarmMinutes' | 'lastFetchedAt'>,
    Pick<Row<'users'>, 'intervalMinutes'> {
  /** How many bookings it shows. */
  count: number;
  /** Differs where anything of what it shows differs. */
  digest: string;
  /** Since when it may be as it is: the last change of the feed or of a booking, or the beginning of the day. */
  changedAt: Date;
  /** The end of the last sync that completed. */
  checkedAt: Date | null;
  /** Since when there was to be one. */
  connectedAt: Date | null;
  connected: boolean;
  pausedReason: PausedReason | null;
  /** Of the newest sync, where it failed. */
  lastErrorCode: FailureKind | null;
}

/** A booking as calendars show it. */
export type FeedBooking = Omit<BookingRow, 'recordId' | 'lastSeenAt'>;

/** Joins, to a feed `f` and its bookings `b`, the New York day that decides. */
const today = (now: Date) =>
  sql<{ began: Date }>`(select date_trunc('day', ${now}::timestamptz at time zone 'America/New_York')
    at time zone 'America/New_York' as began)`.as('today');

const passes = (filter: keyof StoredFeedFilters, value: RawBuilder<unknown>) =>
  sql`(jsonb_array_length(coalesce(f.filters->${sql.lit(filter)}, '[]')) = 0 or exists (
        select 1 from jsonb_array_elements_text(f.filters->${sql.lit(filter)}) as wanted where lower(wanted) = lower(${value})))`;

const isTrue = (filter: keyof StoredFeedFilters) => sql`coalesce((f.filters->>${sql.lit(filter)})::boolean, false)`;

const shown = sql<boolean>`(${passes('studios', sql`b.studio`)} and ${passes('locations', sql`b.location`)}
  and ${passes('statuses', sql`b.status`)}
  and (not ${isTrue('upcomingOnly')} or b.ends_at >= today.began)
  and (${isHeld} or (not ${isTrue('hideCanceled')}
    and b.updated_at >= today.began - make_interval(days => ${sql.lit(canceledStayDays)}))))`;

/** All of a booking that is written into calendars. */
const written = sql`row(b.id, b.name, b.starts_at, b.ends_at, b.studio, b.location, b.status, b.price_cents,
  b.record_url, b.first_seen_at, b.removed_at, b.sequence, b.updated_at)::text`;

/** The feed with this token, unless it was revoked. One statement. */
export async function readFeedVersion(em: EntityManager, tokenHash: string, now: Date): Promise<FeedVersion | null> {
  const { rows } = await sql<FeedVersion>`select f.id, f.user_id, f.name, f.alarm_minutes, u.interval_minutes,
      f.last_fetched_at, seen.count, seen.digest, greatest(f.updated_at, today.began, seen.changed_at) as changed_at,
      a.last_sync_at as checked_at, a.state is not distinct from 'connected' as connected, a.paused_reason,
      case when a.state = 'connected' then a.created_at end as connected_at, newest.error_code as last_error_code
    from calendar_feeds f join users u on u.id = f.user_id left join portal_accounts a on a.user_id = u.id
    left join lateral (select j.error_code from sync_jobs j
      where j.user_id = f.user_id order by j.created_at desc, j.id desc limit 1) newest on true cross join ${today(now)} cross join lateral (
      select count(*) filter (where ${shown}) as count, max(b.updated_at) as changed_at,
        coalesce(sum(hashtextextended(${written}, 0)) filter (where ${shown}), 0)::text as digest
      from bookings b where b.user_id = f.user_id
    ) seen
    where f.token_hash = ${tokenHash} and f.revoked_at is null`.execute(kysely(em));
  return rows[0] ?? null;
}

/** What the feed shows, by start. */
export function readFeedBookings(em: EntityManager, feedId: string, now: Date): Promise<FeedBooking[]> {
  return kysely(em)
    .selectFrom('calendar_feeds as f')
    .crossJoin(today(now))
    .innerJoin('bookings as b', 'b.userId', 'f.userId')
    .select(bookingColumns)
    .where('f.id', '=', feedId)
    .where(shown)
    .orderBy('b.startsAt')
    .orderBy('b.id')
    .execute();
}

/** Notes that somebody fetched the feed. */
export async function noteFetch(em: EntityManager, feedId: string, now: Date): Promise<void> {
  await kysely(em).updateTable('calendar_feeds').set({ lastFetchedAt: now }).where('id', '=', feedId).execute();
}

/** What a user's feeds can be narrowed to: every value that the bookings have, by name. */
export async function readFeedChoices(em: EntityManager, userId: string): Promise<FeedChoicesView> {
  const values = (column: 'studio' | 'location' | 'status') =>
    sql<string[]>`(select coalesce(jsonb_agg(distinct ${sql.ref(column)} order by ${sql.ref(column)}), '[]')
      from bookings where user_id = ${userId} and ${sql.ref(column)} <> '')`;
  return kysely(em)
    .selectNoFrom([values('studio').as('studios'), values('location').as('locations'), values('status').as('statuses')])
    .executeTakeFirstOrThrow();
}
