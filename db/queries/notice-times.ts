/** When people may be told of an event by the channels that disturb them, from what they chose. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { sql, type RawBuilder } from 'kysely';
import { reminderEventType } from '#domain/events.ts';
import { noticeTimes, personalChannels, urgentKinds, type NoticeTiming } from '#domain/notifications.ts';
import { placePattern } from '#domain/place.ts';
import { afterQuietHours } from '#domain/quiet-hours.ts';
import { studioZone } from '#domain/studio-zone.ts';
import { kysely, type Row } from '../kysely.ts';

export const timingColumns = [
  'u.digestAt',
  'u.notifyQuietFrom',
  'u.notifyQuietTo',
  'u.urgentPasses',
  'u.timeZone',
] as const;

const databaseTime = sql<Date>`now()`.as('now');

export function timingOf(
  row: Pick<Row<'users'>, 'digestAt' | 'notifyQuietFrom' | 'notifyQuietTo' | 'urgentPasses' | 'timeZone'>,
): NoticeTiming {
  const { notifyQuietFrom: from, notifyQuietTo: to, digestAt, urgentPasses } = row;
  const timeZone = row.timeZone ?? studioZone;
  return { digestAt, urgentPasses, timeZone, quiet: from && to ? { from, to, timeZone } : null };
}

/** It includes PostgreSQL's time. */
export type TimingNow = NoticeTiming & { now: Date };

/** For those who have such a channel turned on; null for all others. */
export async function readNoticeTiming(em: EntityManager, userId: string): Promise<TimingNow | null> {
  const row = await kysely(em)
    .selectFrom('users as u')
    .innerJoin('delivery_targets as t', 't.userId', 'u.id')
    .select([...timingColumns, databaseTime])
    .where('u.id', '=', userId)
    .where('t.channel', 'in', personalChannels)
    .where('t.disabledReason', 'is', null)
    .limit(1)
    .executeTakeFirst();
  return row ? { ...timingOf(row), now: row.now } : null;
}

/** Of `event`, the alias of a row of events: its booking's times, of what was and is. */
function stayOf(event: string) {
  const data = sql.ref(`${event}.data`);
  const read = (path: string) => sql`(${data} #>> ${sql.lit(path)})::timestamptz`;
  return {
    startsAt: read('{booking,starts_at}'),
    firstStart: sql`least(${read('{booking,starts_at}')}, ${read('{before,starts_at}')})`,
    lastEnd: sql`greatest(${read('{booking,ends_at}')}, ${read('{before,ends_at}')})`,
  };
}

/** Whether `event` is about a rental that is over, and was before. */
export function isAboutOver(event: string): RawBuilder<boolean> {
  return sql<boolean>`(${stayOf(event).lastEnd} < now())`;
}

/** Whether the rental of `event` is in another studio, or in another street: not where only the part of town is another. */
function isInOtherRoom(event: string): RawBuilder<boolean> {
  const data = sql.ref(`${event}.data`);
  const street = (of: 'booking' | 'before') => {
    const location = sql`(${data} #>> ${sql.lit(`{${of},location}`)})`;
    return sql`coalesce(substring(${location} from ${placePattern.source}::text), ${location})`;
  };
  return sql<boolean>`(${data} #> '{before,studio}' is not null
    or ${data} #> '{before,location}' is not null and ${street('before')} is distinct from ${street('booking')})`;
}

/**
 * Whether `event` is canceled for today or gone; or whether somebody would learn only after the start, since they are told
 * `otherwise`, that a rental is off, at another time or in another place.
 */
function isUrgent(event: string, timeZone: string, otherwise: Date): RawBuilder<boolean> {
  const [type, data] = [sql.ref(`${event}.type`), sql.ref(`${event}.data`)];
  const { startsAt, firstStart } = stayOf(event);
  const day = (at: RawBuilder<unknown>) => sql`(${at} at time zone ${timeZone})::date`;
  const isOff = sql`${type} = any(${[...urgentKinds]})`;
  const isElsewhere = sql`(${type} = 'booking.restored' or ${type} = 'booking.changed'
    and (${data} #> '{before,starts_at}' is not null or ${isInOtherRoom(event)}))`;
  return sql<boolean>`(${type} like 'booking.%' and not ${isAboutOver(event)} and (${isOff} and ${day(startsAt)} = ${day(sql`now()`)}
    or (${isOff} or ${isElsewhere}) and ${firstStart} < ${otherwise}::timestamptz))`;
}

/** When `event`, the alias of a row of events that happens now, is to be told to the target `t`, which disturbs people. */
export function noticeDueAt(event: string, timing: TimingNow): RawBuilder<unknown> {
  const { usual, needed, urgent } = noticeTimes(timing.now, timing);
  const at = (otherwise: Date, soonest: Date) =>
    sql`case when ${isUrgent(event, timing.timeZone, otherwise)} then ${soonest}::timestamptz else ${otherwise}::timestamptz end`;
  return sql`case when ${sql.ref(`${event}.type`)} not like 'booking.%' then ${needed}::timestamptz
      when t.channel = 'mail' then ${at(usual, urgent.mail)} else ${at(needed, urgent.push)} end`;
}

/** A reminder that is later than this is no longer one that came when it was wanted. */
const reminderGrace = sql`interval '1 hour'`;

/**
 * Whether `event`, the alias of a row of events, is told in quiet hours, too: a reminder at its own time, and, for those who
 * want that, what is urgent, and a reminder that is late for a rental that begins before they end.
 */
export function passesQuiet(event: string, timing: TimingNow | null): RawBuilder<boolean> {
  if (!timing) return sql<boolean>`false`;
  const [type, data] = [sql.ref(`${event}.type`), sql.ref(`${event}.data`)];
  const end = afterQuietHours(timing.now, timing.quiet);
  const wantedAt = sql`coalesce((${data} ->> 'remind_at')::timestamptz, ${sql.ref(`${event}.at`)})`;
  const isInTime = sql`${type} = ${reminderEventType} and (${wantedAt} > now() - ${reminderGrace}
    or ${timing.urgentPasses} and ${stayOf(event).startsAt} < ${end}::timestamptz)`;
  return timing.urgentPasses
    ? sql<boolean>`(${isInTime} or ${isUrgent(event, timing.timeZone, end)})`
    : sql<boolean>`(${isInTime})`;
}

/**
 * `dueAt` of `event`, or the end of the current quiet hours: what waited until then because something was away, or is
 * tried again, keeps them, too.
 */
export function afterQuiet(dueAt: RawBuilder<unknown>, event: string, timing: TimingNow | null): RawBuilder<unknown> {
  const end = timing && afterQuietHours(timing.now, timing.quiet);
  if (!end || end.getTime() === timing.now.getTime()) return dueAt;
  return sql`case when ${passesQuiet(event, timing)} then ${dueAt} else greatest(${dueAt}, ${end}::timestamptz) end`;
}
