/**
 * What has been written into connected calendars, compared with the bookings. The difference is one condition, so that a
 * sync without changes asks no calendar for anything.
 */
import type { EntityManager } from '@mikro-orm/postgresql';
import { sql, type RawBuilder } from 'kysely';
import { kysely, now, type Row } from '../kysely.ts';
import { isUuid } from '#domain/ids.ts';
import { isGone, isHeld } from '../rental-status.ts';
import { studioZoneName } from '../studio-day.ts';
import { bookingColumns, type BookingRow } from './bookings.ts';
import { canceledStayDays } from './calendar-feeds.ts';

/** Raise it where `notifications/calendars` writes something else for the same booking: then every event is written again. */
const renderingRevision = 1;

type Event = Row<'calendar_events'>;

/** One booking that is not in the calendar as it should be. */
export interface PushWork extends BookingRow {
  action: 'write' | 'remove';
  contentHash: string;
  /** What we wrote before; null where we did not. */
  written: Pick<Event, 'href' | 'name' | 'etag' | 'title' | 'sequence' | 'state'> | null;
  /** The server fails on it, and has taken others since. */
  failsAlone: boolean;
}

/** Everything that is written of a booking. Times as numbers, so that no setting of the connection counts. */
const hash = sql<string>`md5(row(${sql.lit(renderingRevision)}, b.name, extract(epoch from b.starts_at),
  extract(epoch from b.ends_at), b.studio, b.location, b.status, b.price_cents, b.record_url, ${isGone})::text)`;

const keptSince = (at: RawBuilder<Date>) => sql`(date_trunc('day', ${at} at time zone ${studioZoneName})
  - make_interval(days => ${sql.lit(canceledStayDays)})) at time zone ${studioZoneName}`;

/** Of `calendar_connections as c`: it was last compared before this day of the studio's began. */
const isOfYesterday = sql<boolean>`c.looked_at
  < date_trunc('day', now() at time zone ${studioZoneName}) at time zone ${studioZoneName}`;

/**
 * Of `calendar_connections as c`, without a look at each booking: whether anything can have changed since it was last compared.
 * What is canceled goes by the studio's day, and so does a link, which is no change of its own.
 */
export const mayBeBehind = sql<boolean>`(c.looked_at is null or ${isOfYesterday}
  or exists (select 1 from booking_changes ch where ch.user_id = c.user_id and ch.at >= c.looked_at))`;

/** Of `calendar_connections as c`: `work.action` where it is not null, of `bookings as b` and `calendar_events as e`. */
const compared = (at: RawBuilder<Date>) => sql`bookings b
    left join calendar_events e on e.connection_id = c.id and e.booking_id = b.id
    cross join lateral (select ${isHeld} as held, ${hash} as content_hash, ${keptSince(at)} as kept_since offset 0) now_is
    cross join lateral (select case
      when held and e.booking_id is null then 'write'
      when held and e.content_hash <> now_is.content_hash and (e.state <> 'deleted' or e.sequence <> b.sequence) then 'write'
      when not held and e.state = 'intended' then 'remove'
      when held or e.state is null or e.state = 'deleted' then null
      when b.updated_at < kept_since then 'remove'
      when e.content_hash <> now_is.content_hash then 'write' end as action offset 0) work
  where b.user_id = c.user_id and action is not null`;

const given = (at: Date) => sql<Date>`${at}::timestamptz`;

/** Of `calendar_events as e`: it does not wait to be tried again. */
const isReady = sql<boolean>`(e.retry_at is null or e.retry_at <= now())`;

/** What is to be done next: what comes soonest first, and the past at the end. */
export async function readPushWork(em: EntityManager, id: string, at: Date, limit: number): Promise<PushWork[]> {
  const { rows } = await sql<PushWork>`select ${sql.join(bookingColumns.map((column) => sql.ref(column)))},
      action, now_is.content_hash, case when e.booking_id is not null then jsonb_build_object('href', e.href,
        'name', e.name, 'etag', e.etag, 'title', e.title, 'sequence', e.sequence, 'state', e.state) end as written,
      coalesce(e.failing_since < c.last_pushed_at, false) as fails_alone
    from calendar_connections c cross join ${compared(given(at))} and ${isReady} and c.id = ${id}
    order by b.ends_at < ${at}, abs(extract(epoch from b.starts_at - ${at}::timestamptz)), b.id
    limit ${limit}`.execute(kysely(em));
  return rows;
}

/** One booking in one of the calendars that its user has connected. */
export interface BookingInCalendar extends Pick<Row<'calendar_connections'>, 'name' | 'kind' | 'error'> {
  connectionId: string;
  /** Null: we have written nothing of it. */
  state: Event['state'] | null;
  writtenAt: Date | null;
  answerStatus: number | null;
  answerReason: string | null;
  /** It is not there as it is now. */
  isBehind: boolean;
}

/** In the order in which they were connected. None of a booking that is not the user's. */
export async function listInCalendars(
  em: EntityManager,
  userId: string,
  bookingId: string,
): Promise<BookingInCalendar[]> {
  if (!isUuid(bookingId)) return [];
  const { rows } = await sql<BookingInCalendar>`select c.id as "connectionId", c.name, c.kind, c.error, written.state,
      written.written_at as "writtenAt", written.answer_status as "answerStatus",
      written.answer_reason as "answerReason", exists (select 1 from ${compared(now)} and b.id = ${bookingId}) as "isBehind"
    from calendar_connections c
    left join calendar_events written on written.connection_id = c.id and written.booking_id = ${bookingId}
    where c.user_id = ${userId} and c.removing_at is null
      and exists (select 1 from bookings where id = ${bookingId} and user_id = ${userId})
    order by c.created_at, c.id`.execute(kysely(em));
  return rows;
}

/** For a select from `calendar_connections as c`. */
export const pendingCount = sql<number>`(select count(*) from ${compared(now)})`;
export const refusedCount = sql<number>`(select count(*) from calendar_events e
  where e.connection_id = c.id and e.state = 'refused')`;
/** Whether there is anything to do now. */
export const isBehind = sql<boolean>`exists (select 1 from ${compared(now)} and ${isReady})`;
/** When the next of those that wait is to be tried again. What has come right meanwhile does not. */
export const nextRetry = sql<Date | null>`(case when exists (select 1 from calendar_events e
    where e.connection_id = c.id and e.retry_at is not null)
  then (select min(e.retry_at) from ${compared(now)}) end)`;

export type WrittenEvent = Pick<
  Event,
  'bookingId' | 'href' | 'name' | 'etag' | 'contentHash' | 'sequence' | 'state'
> & {
  /** Null or absent: it stays as it was. */
  title?: string | null;
} & Partial<Pick<Event, 'answerStatus' | 'answerReason'>>;

/** False where the connection is gone, so that nothing more is to be written. */
export async function noteWritten(em: EntityManager, connectionId: string, event: WrittenEvent): Promise<boolean> {
  const { bookingId, href, name, etag, contentHash, sequence, state, title = null } = event;
  const { answerStatus = null, answerReason = null } = event;
  const { numAffectedRows } = await sql`insert into calendar_events
      (connection_id, booking_id, href, name, etag, title, content_hash, sequence, state, answer_status, answer_reason, written_at)
    select id, ${bookingId}, ${href}, ${name}, ${etag}, ${title}, ${contentHash}, ${sequence}, ${state},
      ${answerStatus}, ${answerReason}, case when ${state} <> 'intended' then now() end
    from calendar_connections where id = ${connectionId} for key share
    on conflict (connection_id, booking_id) do update set href = excluded.href, name = excluded.name, etag = excluded.etag,
      title = coalesce(excluded.title, calendar_events.title), content_hash = excluded.content_hash,
      sequence = excluded.sequence, state = excluded.state,
      answer_status = excluded.answer_status, answer_reason = excluded.answer_reason,
      written_at = coalesce(excluded.written_at, calendar_events.written_at), failing_since = null,
      retry_at = null`.execute(kysely(em));
  return (numAffectedRows ?? 0n) > 0n;
}

/** Tries again after 5 s, and then after as long as it has failed for, up to a quarter of an hour. */
const shortestWait = '5 seconds';
const longestWait = '15 minutes';

/** How long an event is tried on which the server fails, though all else is well. */
const patience = '1 hour';

type Failing = Pick<PushWork, 'id' | 'contentHash' | 'sequence'> & Pick<Event, 'answerStatus'>;

/**
 * The server failed on this event. Where that has gone on for so long that it is the same as a refusal, it is `given_up`, unless
 * it might be the server after all. A change of the booking begins anew.
 */
export async function noteFailing(
  em: EntityManager,
  connectionId: string,
  { id, contentHash, sequence, answerStatus }: Failing,
  mayGiveUp: boolean,
): Promise<'waits' | 'given_up'> {
  const { rows } = await sql<{ isOver: boolean }>`update calendar_events e set
      failing_since = since, answer_status = ${answerStatus}, answer_reason = null, retry_at = case when not is_over then now()
        + least(greatest(now() - since, ${shortestWait}::interval), ${longestWait}::interval) end,
      state = case when is_over then 'refused' else e.state end,
      content_hash = case when is_over then ${contentHash} else e.content_hash end,
      sequence = case when is_over then ${sequence} else e.sequence end,
      etag = case when is_over then null else e.etag end,
      written_at = case when is_over then now() else e.written_at end
    from calendar_events before cross join lateral (select coalesce(case when before.state <> 'refused'
          or before.sequence = ${sequence} then before.failing_since end, now()) as since) began
      cross join lateral (select ${mayGiveUp} and now() - since > ${patience}::interval as is_over) judged
    where before.connection_id = ${connectionId} and before.booking_id = ${id}
      and e.connection_id = before.connection_id and e.booking_id = before.booking_id
    returning is_over`.execute(kysely(em));
  return rows[0]?.isOver ? 'given_up' : 'waits';
}

/** Nothing waits to be tried again: what failed once has come right by itself, and a later failure is another one. */
export async function forgetFailing(em: EntityManager, connectionId: string): Promise<void> {
  await sql`update calendar_events set failing_since = null, retry_at = null, answer_status = null, answer_reason = null
    where connection_id = ${connectionId} and failing_since is not null and state <> 'refused'`.execute(kysely(em));
}

/** What this calendar refused, or failed on, is tried again as if for the first time. */
export async function retryRefused(em: EntityManager, connectionId: string): Promise<void> {
  await sql`update calendar_events set failing_since = null, retry_at = null,
      content_hash = case when state = 'refused' then '' else content_hash end
    where connection_id = ${connectionId} and (state = 'refused' or failing_since is not null)`.execute(kysely(em));
}

/** Once a day, what the user's calendars refused, unless it is long over. */
export async function retryRefusedDaily(em: EntityManager, userId: string): Promise<void> {
  await sql`update calendar_events e set content_hash = '' from calendar_connections c, bookings b
    where c.user_id = ${userId} and c.removing_at is null and c.state <> 'needs_you' and ${isOfYesterday}
      and e.connection_id = c.id and e.state = 'refused'
      and b.id = e.booking_id and b.ends_at > now() - make_interval(days => ${sql.lit(canceledStayDays)})`.execute(
    kysely(em),
  );
}

export async function forgetEvent(em: EntityManager, connectionId: string, bookingId: string): Promise<void> {
  await kysely(em)
    .deleteFrom('calendar_events')
    .where((eb) => eb.and({ connectionId, bookingId }))
    .execute();
}

/** Whether the calendar has refused several, and taken none as far as we know. */
export async function refusesAll(em: EntityManager, connectionId: string): Promise<boolean> {
  const isSo = sql<boolean>`count(*) filter (where state = 'refused') > 2 and count(*) filter (where state = 'written') = 0`;
  const found = kysely(em)
    .selectFrom('calendar_events')
    .select(isSo.as('isSo'))
    .where('connectionId', '=', connectionId);
  return (await found.executeTakeFirstOrThrow()).isSo;
}

/** Our events that are or may be in the calendar. */
export function listWritten(
  em: EntityManager,
  connectionId: string,
  limit: number,
): Promise<Pick<Event, 'bookingId' | 'href' | 'name' | 'etag'>[]> {
  return kysely(em)
    .selectFrom('calendar_events')
    .select(['bookingId', 'href', 'name', 'etag'])
    .where('connectionId', '=', connectionId)
    .where('state', '<>', 'deleted')
    .orderBy('bookingId')
    .limit(limit)
    .execute();
}
