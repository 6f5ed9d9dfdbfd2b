/** When people may be told of an event by the channels that disturb them, from what they chose. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { sql, type RawBuilder } from 'kysely';
import { reminderEventType } from '#domain/events.ts';
import { noticeTimes, personalChannels, urgentKinds, type NoticeTiming } from '#domain/notifications.ts';
import { afterQuietHours, studioZone } from '#domain/quiet-hours.ts';
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

/** Whether `event`, the alias of a row of events, is canceled for today or gone. */
function isUrgent(event: string, timeZone: string): RawBuilder<boolean> {
  const [type, data] = [sql.ref(`${event}.type`), sql.ref(`${event}.data`)];
  const day = (at: RawBuilder<unknown>) => sql`(${at} at time zone ${timeZone})::date`;
  const startsAt = sql`(${data} #>> '{booking,starts_at}')::timestamptz`;
  return sql<boolean>`(${type} = any(${[...urgentKinds]}) and ${day(startsAt)} = ${day(sql`now()`)})`;
}

/** When `event`, the alias of a row of events that happens now, is to be told to the target `t`, which disturbs people. */
export function noticeDueAt(event: string, timing: TimingNow): RawBuilder<unknown> {
  const { usual, needed, urgent } = noticeTimes(timing.now, timing);
  return sql`case when ${sql.ref(`${event}.type`)} not like 'booking.%' then ${needed}::timestamptz
      when ${isUrgent(event, timing.timeZone)}
        then case t.channel when 'mail' then ${urgent.mail}::timestamptz else ${urgent.push}::timestamptz end
      when t.channel = 'mail' then ${usual}::timestamptz else ${needed}::timestamptz end`;
}

/**
 * `dueAt` of `event`, or the end of the current quiet hours: what waited until then because something was away, or is
 * tried again, keeps them, too. Reminders come when they were wanted.
 */
export function afterQuiet(dueAt: RawBuilder<unknown>, event: string, timing: TimingNow | null): RawBuilder<unknown> {
  const end = timing && afterQuietHours(timing.now, timing.quiet);
  if (!end || end.getTime() === timing.now.getTime()) return dueAt;
  const isReminder = sql`${sql.ref(`${event}.type`)} = ${reminderEventType}`;
  const passes = timing.urgentPasses ? sql`(${isReminder} or ${isUrgent(event, timing.timeZone)})` : isReminder;
  return sql`case when ${passes} then ${dueAt} else greatest(${dueAt}, ${end}::timestamptz) end`;
}
