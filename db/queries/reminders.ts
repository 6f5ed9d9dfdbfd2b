/**
 * Reminders of upcoming rentals. Nothing is planned ahead: when the time of one has come, and the rental still stands, it is
 * written as an event, once for each start of it. So a rental that moves takes its reminder along.
 */
import type { EntityManager } from '@mikro-orm/postgresql';
import { sql, type RawBuilder } from 'kysely';
import { reminderEventType } from '#domain/events.ts';
import { studioZone } from '#domain/studio-zone.ts';
import { iso, kysely } from '../kysely.ts';
import { isHeldStatus } from '../rental-status.ts';
import { withReason } from './delivery-rounds.ts';
import { bookingView, takeTurn } from './events.ts';
import { lockUser } from './users.ts';

/** When the reminder of `b`, a rental of `u`, is due. */
const remindAt = sql`case when u.remind_minutes is not null then b.starts_at - make_interval(mins => u.remind_minutes)
    else case u.remind_before when '1h' then b.starts_at - interval '1 hour'
    when '2h' then b.starts_at - interval '2 hours'
    else ((b.starts_at at time zone coalesce(u.time_zone, ${studioZone}))::date - 1 + time '18:00')
      at time zone coalesce(u.time_zone, ${studioZone}) end end`;

/** Rentals `b` of `u` that have not begun, and whose start has had no reminder yet. Those booked later than that need none. */
const ahead = sql`users u join bookings b on b.user_id = u.id and b.removed_at is null and b.starts_at > now()
    and ${isHeldStatus(sql`b.status`)} and b.first_seen_at < ${remindAt} and not exists (
      select 1 from events e where e.user_id = b.user_id and e.booking_id = b.id and e.type = ${reminderEventType}
        and e.data #>> '{booking,starts_at}' = ${iso(sql`b.starts_at`)})`;

/** The rental that the person comes from, if any: the last that ends before. */
const before = sql`select jsonb_build_object('starts_at', p.starts_at, 'ends_at', p.ends_at, 'location', p.location) as stay
    from bookings p where p.user_id = b.user_id and p.id <> b.id and p.removed_at is null and p.starts_at <= b.starts_at
      and ${isHeldStatus(sql`p.status`)} order by p.ends_at desc limit 1`;

/**
 * Writes the reminders whose time has come for all devices of the user, and gives up those that wait for another try and
 * are no longer true. Returns in how many ms the next is due; null where there is none.
 */
export function queueReminders(em: EntityManager, userId: string): Promise<number | null> {
  return em.transactional(async (tx) => {
    if (!(await lockUser(tx, userId))) return null;
    await giveUpUntrue(tx, userId);
    const wanted = await kysely(tx)
      .selectFrom('users')
      .select('remindBefore')
      .where('id', '=', userId)
      .executeTakeFirst();
    if (!wanted?.remindBefore) return null;
    await takeTurn(tx, userId);
    await writeDue(tx, userId);
    const { rows } = await sql<{ waitMs: number | null }>`select
        ceil(extract(epoch from min(${remindAt}) - now()) * 1000)::int8 as wait_ms
      from ${ahead} where u.id = ${userId} and ${remindAt} > now()`.execute(kysely(tx));
    return rows[0]!.waitMs;
  });
}

/** A reminder waits where a push service is away. Meanwhile its rental may move or be canceled, and its person want none. */
async function giveUpUntrue(tx: EntityManager, userId: string): Promise<void> {
  await sql`update deliveries d set status = 'given_up', next_at = null, done_at = now(), sending_since = null,
      attempts = ${withReason('the rental no longer stands as it was, or reminders were turned off.')}
    from events e, users u where d.user_id = ${userId} and d.status = 'pending' and e.seq = d.event_seq
      and e.type = ${reminderEventType} and u.id = d.user_id and (u.remind_before is null or not exists (
        select 1 from bookings b where b.id = e.booking_id and b.removed_at is null and ${isHeldStatus(sql`b.status`)}
          and e.data #>> '{booking,starts_at}' = ${iso(sql`b.starts_at`)}))`.execute(kysely(tx));
}

/** One that became due only by a change is left out where the change tells the same. */
async function writeDue(tx: EntityManager, userId: string): Promise<void> {
  await sql`with due as (
      select b.id, b.starts_at, jsonb_build_object('booking', ${bookingView}, 'previous', previous.stay,
        'remind_at', ${iso(remindAt)}) as data
      from ${ahead} left join lateral (${before}) previous on true where u.id = ${userId} and ${remindAt} <= now()
    ), made as (
      insert into events (user_id, booking_id, type, data, at)
      select ${userId}::uuid, id, ${reminderEventType}, data, now() from due order by starts_at
      returning seq, booking_id, data
    )
    insert into deliveries (user_id, target_id, event_seq, lane, next_at)
    select t.user_id, t.id, made.seq, made.booking_id::text, now()
    from made join delivery_targets t on ${isReminded(userId)} and not ${isToldByChange}`.execute(kysely(tx));
}

/** Whether `t` hears of a change, found after the reminder `made` should have come, that the rental begins then. */
const isToldByChange = sql`exists (select 1 from events x join deliveries d on d.event_seq = x.seq and d.target_id = t.id
    where x.user_id = t.user_id and x.booking_id = made.booking_id and x.at >= (made.data ->> 'remind_at')::timestamptz
      and d.status <> 'given_up' and x.data #>> '{booking,starts_at}' = made.data #>> '{booking,starts_at}'
      and (x.type in ('booking.added', 'booking.restored') or x.type = 'booking.changed'
        and x.data #> '{before,starts_at}' is not null))`;

const isReminded = (userId: string): RawBuilder<boolean> =>
  sql<boolean>`t.user_id = ${userId} and t.channel = 'push' and t.disabled_reason is null`;

/** Devices whose user has a reminder that should have been written by now, for example because a workflow was lost. */
export async function listForgottenReminders(em: EntityManager, overdueMs: number, limit: number): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`select distinct t.id from ${ahead}
      join delivery_targets t on t.user_id = u.id and t.channel = 'push' and t.disabled_reason is null
    where u.remind_before is not null and b.starts_at < now() + interval '3 days'
      and ${remindAt} < now() - ${overdueMs} * interval '1 ms' limit ${limit}`.execute(kysely(em));
  return rows.map(({ id }) => id);
}
