/**
 * The outbox: events, and with each the deliveries to all that want to be told of it, in the transaction that stores what
 * the event reports.
 */
import type { EntityManager } from '@mikro-orm/postgresql';
import { sql, type RawBuilder } from 'kysely';
import { calendarFailures, type CalendarFailureCode } from '#domain/calendar-failures.ts';
import { personalChannels } from '#domain/notifications.ts';
import { failureText } from '#domain/failure-kinds.ts';
import type { PausedBy, PausedReason } from '#domain/sync-states.ts';
import { failingEventType, privateEventTypes, testEventType, type EventType } from '#domain/events.ts';
import { decodeNumberCursor, encodeNumberCursor, page } from '../cursor.ts';
import { iso, kysely, type Row } from '../kysely.ts';
import { isHeldStatus } from '../rental-status.ts';
import { isChosen } from './chosen-events.ts';
import { readNewConflicts } from './conflicts.ts';
import { waitingTargets } from './deliveries.ts';
import { eventsFor, lockTold, membersTargets } from './member-events.ts';
import { isAboutOver, noticeDueAt, readNoticeTiming } from './notice-times.ts';
import { ensureMailTarget } from './notices.ts';

/** As the API shows a booking `b`. */
export const bookingView = sql`jsonb_build_object('id', b.id, 'record_id', b.record_id, 'name', b.name,
  'starts_at', ${iso(sql`b.starts_at`)}, 'ends_at', ${iso(sql`b.ends_at`)}, 'studio', b.studio, 'location', b.location,
  'status', b.status, 'price_cents', b.price_cents, 'record_url', b.record_url, 'removed_at', ${iso(sql`b.removed_at`)},
  'group_id', b.group_id)`;

/** A user's events are numbered and committed one transaction after the other: see `Event`. */
const inTurn = (userId: string) =>
  sql`turn as materialized (select pg_advisory_xact_lock(hashtextextended(${`events:${userId}`}, 0)))`;

/** The same as a statement of its own, so that the next sees what others committed before. */
export async function takeTurn(tx: EntityManager, userId: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`events:${userId}`}, 0))`.execute(kysely(tx));
}

/** When a delivery to `t` of the event `made` is due: a user whom it disturbs may have chosen an hour. */
async function dueAt(tx: EntityManager, userId: string): Promise<RawBuilder<unknown>> {
  const timing = await readNoticeTiming(tx, userId);
  if (!timing) return sql`now()`;
  return sql`case when t.channel = any(${[...personalChannels]}) then ${noticeDueAt('made', timing)} else now() end`;
}

/**
 * Nobody is told of a pause that they made themselves, and receivers of no private events. A rental that is
 * over, and was before, is no news: the first sync finds years of them, and portals trim old ones. Nor is one that was known
 * to be canceled and then leaves the list.
 */
const unwanted = sql`made.type = 'sync.paused' and t.channel in ('mail', 'push') and made.data ->> 'reason' = 'user' and made.data ->> 'by' is null
  or made.type = ${failingEventType} and t.channel not in ('mail', 'push')
  or t.channel in ('mail', 'push') and made.type like 'booking.%' and (${isAboutOver('made')}
    or made.type = 'booking.removed' and not ${isHeldStatus(sql`(made.data #>> '{booking,status}')`)})`;

/**
 * Events from `found (job_id, booking_id, type, data)`, whose order is theirs, and their deliveries. Returns the targets
 * of this user that have something to be told.
 */
async function write(tx: EntityManager, userId: string, found: RawBuilder<unknown>): Promise<string[]> {
  const due = await dueAt(tx, userId);
  const { rows } = await sql<{ id: string }>`with ${inTurn(userId)}, found as (${found}), made as (
      insert into events (user_id, job_id, booking_id, type, data, at)
      select ${userId}::uuid, job_id, booking_id, type, data, now() from found cross join turn order by place
      returning seq, booking_id, type, data
    ), queued as (
      insert into deliveries (user_id, target_id, event_seq, lane, next_at)
      select t.user_id, t.id, made.seq, coalesce(made.booking_id::text, 'sync'), ${due}
      from made join delivery_targets t on t.user_id = ${userId} and t.disabled_reason is null
        and ${isChosen('made')} and (${unwanted}) is not true
      returning target_id
    )
    select target_id as id from queued union ${waitingTargets(userId)} union ${remindedTargets(userId)}
    union ${membersTargets(userId)}`.execute(kysely(tx));
  return rows.map(({ id }) => id);
}

/** Devices that remind of rentals: these may have changed. */
const remindedTargets = (userId: string) =>
  sql`select t.id from delivery_targets t join users u on u.id = t.user_id
    where u.id = ${userId} and u.remind_before is not null and t.channel = 'push' and t.disabled_reason is null`;

/** What became of a booking, from everything that the job changed about it: one that is canceled is neither new nor back. */
const typeOf = sql`case
    when 'removed' = any(c.kinds) then 'booking.removed'
    when not ${isHeldStatus(sql`b.status`)} and (c.kinds && '{added,restored}' or 'status' = any(c.kinds)
      and ${isHeldStatus(sql<string>`(c.befores[1] ->> 'status')`)}) then 'booking.canceled'
    when 'added' = any(c.kinds) then 'booking.added'
    when 'restored' = any(c.kinds) then 'booking.restored'
    else 'booking.changed' end`;

/** The values of several changes together; each is about other fields. */
const together = (values: 'befores' | 'afters') =>
  sql`case when cardinality(c.kinds) = 1 then ${sql.ref(`c.${values}`)}[1] else (
      select jsonb_object_agg(one.key, one.value) from unnest(${sql.ref(`c.${values}`)}) as part,
        jsonb_each(part) as one where part is not null
    ) end`;

/** One event for each booking that the job changed, with what conflicts with it now, to the owner and to members of its group. */
export async function writeBookingEvents(
  tx: EntityManager,
  { userId, jobId }: { userId: string; jobId: string },
): Promise<void> {
  const conflicts = JSON.stringify(await readNewConflicts(tx, { userId, jobId }));
  const found = sql`select ${jobId}::uuid as job_id, b.id as booking_id, ${typeOf} as type, b.starts_at as place,
        jsonb_build_object('booking', ${bookingView}, 'before', ${together('befores')}, 'after', ${together('afters')},
          'job_id', ${jobId}::text)
          || case when k.conflicts is null then '{}' else jsonb_build_object('conflicts', k.conflicts) end as data
      from (
        select booking_id, array_agg(kind) as kinds, array_agg(before order by kind <> 'status') as befores,
          array_agg(after) as afters
        from booking_changes where job_id = ${jobId} group by booking_id
      ) c join bookings b on b.id = c.booking_id
        left join jsonb_each(${conflicts}::jsonb) as k (booking_id, conflicts) on k.booking_id = b.id::text`;
  const members = await lockTold(tx, { userId, jobId });
  // In one order for everybody, since each may be told by others at the same time.
  if (members.length > 0) for (const id of [userId, ...members].sort()) await takeTurn(tx, id);
  await write(tx, userId, found);
  for (const id of members) await write(tx, id, eventsFor(id, found));
}

interface Pause {
  pausedReason: PausedReason | null;
  pausedBy?: PausedBy | null;
}

/** The event of a pause that begins; who did not make it has to hear of it, so mail is there. Null where nothing is paused. */
async function pausedEvent(tx: EntityManager, userId: string, { pausedReason: reason, pausedBy: by }: Pause) {
  if (reason === null) return null;
  if (reason !== 'user' || by) await ensureMailTarget(tx, userId);
  return { type: 'sync.paused', data: { reason, ...(by && { by }), message: pausedText(reason, by) } };
}

function pausedText(reason: PausedReason, by?: PausedBy | null): string {
  if (reason === 'user' && by)
    return 'The people who run this service paused syncing. Your rentals are kept as we last saw them. You can resume syncing yourself.';
  if (reason === 'user') return 'Syncing is paused.';
  if (reason !== 'repeated_failure') return failureText(reason);
  return 'We could not read your Gibney rentals for a week and stopped trying. Your rentals are kept. Once Gibney works for you again, resume syncing.';
}

interface SyncEnd {
  userId: string;
  jobId: string;
  /** The pause that it led to. */
  paused: Pause | null;
  /** The pause that was told, and after which it is the first that worked, or that ended with it. */
  resumedAfter: Pause | null;
}

/** The end of a sync, and what follows from it; a dry run that stored nothing tells nobody. Returns the targets that have something to be told. */
export async function writeSyncEvents(
  tx: EntityManager,
  { userId, jobId, paused, resumedAfter }: SyncEnd,
): Promise<string[]> {
  const job = sql`jsonb_build_object('id', j.id, 'status', j.status, 'error_code', j.error_code, 'partial', j.partial,
    'triggered_manually', j.triggered_manually, 'bookings_synced', j.bookings_synced, 'added', j.added,
    'changed', j.changed, 'removed', j.removed, 'started_at', ${iso(sql`j.started_at`)},
    'completed_at', ${iso(sql`j.completed_at`)})`;
  const end = sql`select j.id as job_id, null::uuid as booking_id, 'sync.' || j.status as type, 1 as place,
      jsonb_build_object('job', ${job}) as data
    from sync_jobs j where j.id = ${jobId} and not (j.dry_run and j.status = 'completed')`;
  if (resumedAfter !== null) return write(tx, userId, sql`${end} union all ${resumedEvent(resumedAfter, 2, jobId)}`);
  const pause = paused && (await pausedEvent(tx, userId, paused));
  if (!pause) return write(tx, userId, end);
  return write(tx, userId, sql`${end} union all ${plain(pause.type, pause.data, 2, jobId)}`);
}

/** A pause outside a sync. Returns the targets that have something to be told. */
export async function writePausedEvent(tx: EntityManager, userId: string, paused: Pause): Promise<string[]> {
  const pause = await pausedEvent(tx, userId, paused);
  return pause ? write(tx, userId, plain(pause.type, pause.data, 1, null)) : [];
}

/** The end of an operator's pause, outside a sync. Returns the targets that have something to be told. */
export function writeResumedEvent(tx: EntityManager, userId: string, after: Pause): Promise<string[]> {
  return write(tx, userId, resumedEvent(after, 1, null));
}

function resumedEvent({ pausedReason: reason, pausedBy: by }: Pause, place: number, jobId: string | null) {
  const message = by ? 'Your rentals are going to be read again.' : 'Your rentals are read from Gibney again.';
  return plain('sync.resumed', { reason, ...(by && { by }), message }, place, jobId);
}

/** Syncs have failed for days. Returns the targets that have something to be told. */
export async function writeFailingEvent(tx: EntityManager, userId: string): Promise<string[]> {
  await ensureMailTarget(tx, userId);
  const message =
    'We have not been able to read your Gibney rentals for several days. Your rentals are kept as we last saw them. If this continues, we will stop trying.';
  return write(tx, userId, plain(failingEventType, { message }, 1, null));
}

/** Why syncing is paused and needs the person, as far as they know; null where nothing was told, or that it works again. */
export async function readPauseToldLast(tx: EntityManager, userId: string): Promise<PausedReason | null> {
  const last = await kysely(tx)
    .selectFrom('events')
    .select(['type', sql<PausedReason>`data ->> 'reason'`.as('reason')])
    .where('userId', '=', userId)
    .where('type', 'in', ['sync.paused', 'sync.resumed'])
    // The end of one that the person or an operator made is told when it ends.
    .where(sql<boolean>`data ->> 'reason' <> 'user'`)
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();
  return last?.type === 'sync.paused' ? last.reason : null;
}

/** A calendar stopped and waits for its person. Returns the targets that have something to be told. */
export async function writeCalendarEvent(
  tx: EntityManager,
  userId: string,
  calendar: { id: string; kind: string; name: string },
  reason: CalendarFailureCode,
): Promise<string[]> {
  await ensureMailTarget(tx, userId);
  const data = { calendar, reason, message: calendarFailures[reason].message };
  return write(tx, userId, plain('calendar.needs_you', data, 1, null));
}

function plain(type: string, data: object, place: number, jobId: string | null) {
  return sql`select ${jobId}::uuid as job_id, null::uuid as booking_id, ${type}::text as type, ${place}::int as place,
    ${JSON.stringify(data)}::jsonb as data`;
}

/** Only this target is told of it, whatever it chose and whether it is disabled. Returns its delivery's id; null where there is no such target. */
export async function writeTestEvent(
  tx: EntityManager,
  { userId, targetId, data }: { userId: string; targetId: string; data: object },
): Promise<string | null> {
  const { rows } = await sql<{ id: string }>`with ${inTurn(userId)}, target as (
      select id, user_id from delivery_targets where id = ${targetId} and user_id = ${userId}
    ), made as (
      insert into events (user_id, type, data, at)
      select user_id, ${testEventType}, ${JSON.stringify(data)}::jsonb, now() from target cross join turn
      returning seq, id, user_id
    )
    insert into deliveries (user_id, target_id, event_seq, lane, next_at)
    select made.user_id, target.id, made.seq, ${testEventType} || ':' || made.id, now() from made cross join target
    returning id`.execute(kysely(tx));
  return rows[0]?.id ?? null;
}

export type EventRow = Pick<Row<'events'>, 'id' | 'data' | 'at'> & { type: EventType };

/** Oldest first, from the cursor on; `lastCursor` is where to continue later. Throws `BadCursorError`. */
export async function listEvents(
  em: EntityManager,
  userId: string,
  { limit, cursor = null }: { limit: number; cursor?: string | null },
): Promise<{ events: EventRow[]; nextCursor: string | null; lastCursor: string | null }> {
  const after = decodeNumberCursor('events', cursor);
  const found = await kysely(em)
    .selectFrom('events')
    .select(['seq', 'id', 'type', 'data', 'at'])
    .where('userId', '=', userId)
    .where('seq', '>', after)
    .where('type', 'not in', [...privateEventTypes])
    .orderBy('seq')
    .limit(limit + 1)
    .execute();
  const { items, nextCursor } = page(found, limit, ({ seq }) => encodeNumberCursor('events', seq));
  const last = items.at(-1);
  return {
    events: items.map(({ seq: _, ...event }) => event as EventRow),
    nextCursor,
    lastCursor: last ? encodeNumberCursor('events', last.seq) : cursor,
  };
}
