/**
 * Calendar feeds and what they show. What a feed shows is decided in one condition, and by whole New York days, so
 * that it stays the same from one fetch to the next while nothing happened.
 */
import type { EntityManager } from '@mikro-orm/postgresql';
import { sql, type RawBuilder } from 'kysely';
import type { FeedChoicesView, StoredFeedFilters } from '#domain/shapes/calendar.ts';
import type { FailureKind } from '#domain/failure-kinds.ts';
import type { PausedReason } from '#domain/sync-states.ts';
import { anyOf, kysely, type Row } from '../kysely.ts';
import { isHeld } from '../rental-status.ts';
import { studioZoneName } from '../studio-day.ts';
import { isUuid } from '#domain/ids.ts';
import { bookingColumns, type BookingRow } from './bookings.ts';

/** How long a canceled, declined or removed rental stays in a feed, so that every calendar hears of it. */
export const canceledStayDays = 14;

/** A feed and what its text depends on besides bookings. */
export interface FeedFacts
  extends
    Pick<Row<'calendar_feeds'>, 'id' | 'userId' | 'name' | 'alarmMinutes' | 'lastFetchedAt'>,
    Pick<Row<'users'>, 'intervalMinutes'> {
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
  /** Of a group that others made: what they assign to it, or take from it, leaves no date. */
  isMember: boolean;
  /** Those whose rentals it shows besides the user's own. */
  owners: FeedOwner[];
}

/** Somebody who shares rentals, and how their syncs stand. */
export interface FeedOwner extends Pick<FeedFacts, 'checkedAt' | 'connectedAt'> {
  id: string;
  intervalMinutes: number | null;
}

/** Everything that a feed's text depends on, in few values. */
export interface FeedVersion extends FeedFacts {
  /** How many bookings it shows. */
  count: number;
  /** Differs where anything of what it shows differs: the sum of its bookings' hashes. */
  digest: string;
}

/** A booking as calendars show it. */
export type FeedBooking = Omit<BookingRow, 'recordId' | 'lastSeenAt' | 'groupId'>;

/** With who shares it; null for the user's own. */
export type SharedFeedBooking = FeedBooking & { ownerId: string | null };

/** What becomes of a booking that somebody shares: no link to the portal, and no price for viewers. */
const ofOthers = new Map<string, RawBuilder<unknown>>([
  ['b.recordId', sql`''`],
  ['b.recordUrl', sql`''`],
  ['b.priceCents', sql`case when m.role <> 'viewer' then b.price_cents end`],
]);

const own = sql.join(bookingColumns.map((name) => sql.ref(name)));
const shared = sql.join(bookingColumns.map((name) => ofOthers.get(name) ?? sql.ref(name)));

/** The bookings that a user sees: their own, and those of the groups that others share with them. */
const bookingsSeenBy = (userId: RawBuilder<unknown>) =>
  sql<
    Row<'bookings'> & { ownerId: string | null }
  >`(select ${own}, null::uuid as owner_id from bookings b where b.user_id = ${userId}
    union all select ${shared}, b.user_id from group_members m join bookings b on b.group_id = m.group_id where m.user_id = ${userId})`;

/** Those of a feed `f`. */
const bookingsOfFeed = bookingsSeenBy(sql`f.user_id`);

/** Those of them with these ids, in the order of their starts. */
export async function listSeenBookings(em: EntityManager, userId: string, ids: string[]): Promise<FeedBooking[]> {
  const seen = bookingsSeenBy(sql`${userId}::uuid`);
  const { rows } =
    await sql<FeedBooking>`select * from ${seen} b where b.id = ${anyOf(ids.filter(isUuid))} order by b.starts_at`.execute(
      kysely(em),
    );
  return rows;
}

/** Joins, to a feed `f` and its bookings `b`, the New York day that decides. */
const today = (now: Date) =>
  sql<{ began: Date }>`(select date_trunc('day', ${now}::timestamptz at time zone ${studioZoneName})
    at time zone ${studioZoneName} as began)`.as('today');

const passes = (filter: keyof StoredFeedFilters, value: RawBuilder<unknown>) =>
  sql`(jsonb_array_length(coalesce(f.filters->${sql.lit(filter)}, '[]')) = 0 or exists (
        select 1 from jsonb_array_elements_text(f.filters->${sql.lit(filter)}) as wanted where lower(wanted) = lower(${value})))`;

const isTrue = (filter: keyof StoredFeedFilters) => sql`coalesce((f.filters->>${sql.lit(filter)})::boolean, false)`;

const shown = sql<boolean>`(${passes('studios', sql`b.studio`)} and ${passes('locations', sql`b.location`)}
  and ${passes('statuses', sql`b.status`)}
  and (not ${isTrue('upcomingOnly')} or b.ends_at >= today.began)
  and (${isHeld} or (not ${isTrue('hideCanceled')}
    and b.updated_at >= today.began - make_interval(days => ${sql.lit(canceledStayDays)}))))`;

/** Over everything in a booking that is written into calendars. */
const bookingHash = sql`hash_record_extended(row(b.id, b.name, b.starts_at, b.ends_at, b.studio, b.location, b.status, b.price_cents,
  b.record_url, b.first_seen_at, b.removed_at, b.sequence, b.updated_at), 0)`;

/** Since when there was to be a sync, by a `portal_accounts`. */
const connectedAtOf = (account: string) =>
  sql`case when ${sql.ref(`${account}.state`)} = 'connected' then ${sql.ref(`${account}.createdAt`)} end`;

/** Those who share what a feed `f` shows. One rental of a group is enough, so its others are not looked at. */
const ownersOfFeed = sql`(select coalesce(jsonb_agg(jsonb_build_object('id', o.id, 'intervalMinutes', o.interval_minutes,
      'checkedAt', oa.last_sync_at, 'connectedAt', ${connectedAtOf('oa')}) order by o.id), '[]')
    from (select distinct g.user_id from group_members m join groups g on g.id = m.group_id
      where m.user_id = f.user_id and exists (select from bookings b where b.group_id = g.id and ${shown})) sharing
    join users o on o.id = sharing.user_id left join portal_accounts oa on oa.user_id = o.id)`;

/** The feed with this token, unless it was revoked. One statement. */
export function readFeedVersion(em: EntityManager, tokenHash: string, now: Date): Promise<FeedVersion | null> {
  const shownDigest = sql`, count(*) filter (where ${shown}) as count,
    coalesce(sum(${bookingHash}) filter (where ${shown}), 0)::text as digest`;
  return readFeed<FeedVersion>(em, tokenHash, now, sql`, seen.count, seen.digest`, shownDigest);
}

/** As `readFeedVersion`, without a look at each booking: for callers that read them anyway. */
export function readFeedFacts(em: EntityManager, tokenHash: string, now: Date): Promise<FeedFacts | null> {
  return readFeed<FeedFacts>(em, tokenHash, now);
}

async function readFeed<Facts extends FeedFacts>(
  em: EntityManager,
  tokenHash: string,
  now: Date,
  more = sql``,
  moreSeen = sql``,
): Promise<Facts | null> {
  const { rows } = await sql<Facts>`select f.id, f.user_id, f.name, f.alarm_minutes, u.interval_minutes,
      f.last_fetched_at, greatest(f.updated_at, today.began, seen.changed_at) as changed_at,
      a.last_sync_at as checked_at, a.state is not distinct from 'connected' as connected, a.paused_reason,
      ${connectedAtOf('a')} as connected_at, newest.error_code as last_error_code,
      exists (select from group_members m where m.user_id = f.user_id) as is_member, ${ownersOfFeed} as owners${more}
    from calendar_feeds f join users u on u.id = f.user_id left join portal_accounts a on a.user_id = u.id
    left join lateral (select j.error_code from sync_jobs j
      where j.user_id = f.user_id order by j.created_at desc, j.id desc limit 1) newest on true cross join ${today(now)} cross join lateral (
      select max(b.updated_at) as changed_at${moreSeen} from ${bookingsOfFeed} b
    ) seen
    where f.token_hash = ${tokenHash} and f.revoked_at is null`.execute(kysely(em));
  const [facts] = rows;
  return facts ? { ...facts, owners: facts.owners.map(withDates) } : null;
}

/** JSON has no dates. */
function withDates({ checkedAt, connectedAt, ...owner }: FeedOwner): FeedOwner {
  const date = (at: Date | null) => at && new Date(at);
  return { ...owner, checkedAt: date(checkedAt), connectedAt: date(connectedAt) };
}

/** Reading a row holds up everything else in the process for some tens of microseconds. */
const rowsAtOnce = 200;

/**
 * What the feed shows, by start, some at a time, each with its part of the version's digest. Within a transaction, one
 * feed at a time.
 */
export async function* readFeedBookings(
  tx: EntityManager,
  feedId: string,
  now: Date,
): AsyncGenerator<(SharedFeedBooking & { hash: string })[]> {
  const db = kysely(tx);
  const bookings = db
    .selectFrom('calendar_feeds as f')
    .crossJoin(today(now))
    .innerJoinLateral(bookingsOfFeed.as('b'), (join) => join.onTrue())
    .select(bookingColumns)
    .select('b.ownerId')
    .select(sql<string>`${bookingHash}::text`.as('hash'))
    .where('f.id', '=', feedId)
    .where(shown)
    .orderBy('b.startsAt')
    .orderBy('b.id');
  await sql`declare feed_bookings no scroll cursor for ${bookings}`.execute(db);
  const next = sql<SharedFeedBooking & { hash: string }>`fetch forward ${sql.lit(rowsAtOnce)} from feed_bookings`;
  for (;;) {
    const { rows } = await next.execute(db);
    if (rows.length > 0) yield rows;
    if (rows.length < rowsAtOnce) return;
  }
}

/** Notes that somebody fetched the feed. */
export async function noteFetch(em: EntityManager, feedId: string, now: Date): Promise<void> {
  await kysely(em).updateTable('calendar_feeds').set({ lastFetchedAt: now }).where('id', '=', feedId).execute();
}

/** To dates alone, the feeds of who left a group, or whose group is gone, would look as before. */
export async function touchFeedsOfMembers(tx: EntityManager, members: RawBuilder<unknown>): Promise<void> {
  await sql`update calendar_feeds set updated_at = now() where user_id in (${members})`.execute(kysely(tx));
}

/** What a user's feeds can be narrowed to: every value that the bookings have, by name. */
export async function readFeedChoices(em: EntityManager, userId: string): Promise<FeedChoicesView> {
  const values = (column: 'studio' | 'location' | 'status') =>
    sql<string[]>`(select coalesce(jsonb_agg(distinct ${sql.ref(column)} order by ${sql.ref(column)}), '[]')
      from ${bookingsSeenBy(sql`${userId}::uuid`)} b where ${sql.ref(column)} <> '')`;
  return kysely(em)
    .selectNoFrom([values('studio').as('studios'), values('location').as('locations'), values('status').as('statuses')])
    .executeTakeFirstOrThrow();
}
