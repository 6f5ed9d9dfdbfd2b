/** What members of a group are told of its rentals: events of their own, since each is told only what they may see. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { sql, type RawBuilder } from 'kysely';
import { kysely } from '../kysely.ts';

/**
 * Who sees any rental that the job changed, in the order of their ids. They are kept from being removed, and their accounts
 * from being deleted, until the transaction ends.
 */
export async function lockTold(
  tx: EntityManager,
  { userId, jobId }: { userId: string; jobId: string },
): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`select u.id from users u where u.id in (
      select m.user_id from group_members m join bookings b on b.group_id = m.group_id
      where b.user_id = ${userId} and b.id in (select booking_id from booking_changes where job_id = ${jobId})
    ) order by u.id for key share`.execute(kysely(tx));
  if (rows.length === 0) return [];
  await sql`select from group_members m join groups g on g.id = m.group_id and g.user_id = ${userId}
    order by m.group_id, m.user_id for share of m`.execute(kysely(tx));
  return rows.map(({ id }) => id);
}

const withoutPrice = (
  values: RawBuilder<unknown>,
) => sql`(${values} #- '{booking,price_cents}' #- '{before,price_cents}'
  #- '{after,price_cents}' || jsonb_build_object('booking', ${values} -> 'booking' || '{"price_cents": null}'))`;

/** Of an event with this data that a viewer may be told of: more has changed than the price. */
const saysMoreThanPrice = (type: RawBuilder<unknown>, data: RawBuilder<unknown>) =>
  sql`case when ${type} = 'booking.changed' and jsonb_typeof(${data} -> 'after') = 'object'
    then (${data} -> 'after') - 'price_cents' <> '{}' else true end`;

/**
 * Of `found`, the owner's events, those that this member may be told of, as they may see them. What else conflicts with a rental is
 * the owner's affair, and so is a price for a viewer.
 */
export function eventsFor(memberId: string, found: RawBuilder<unknown>): RawBuilder<unknown> {
  const data = sql`(own.data - 'conflicts' || jsonb_build_object(
    'booking', own.data -> 'booking' || '{"record_id": "", "record_url": "", "group_id": null}',
    'group', jsonb_build_object('id', g.id, 'name', g.name, 'owner', coalesce(nullif(u.name, ''), u.email))))`;
  return sql`select own.job_id, own.booking_id, own.type, own.place,
      case when m.role = 'viewer' then ${withoutPrice(data)} else ${data} end as data
    from (${found}) own join bookings b on b.id = own.booking_id
      join group_members m on m.group_id = b.group_id and m.user_id = ${memberId}
      join groups g on g.id = m.group_id join users u on u.id = g.user_id
    where m.role <> 'viewer' or ${saysMoreThanPrice(sql`own.type`, sql`own.data`)}`;
}

/** Delivery targets, of those who see the user's groups, that have something to be told. */
export const membersTargets = (ownerId: string) =>
  sql`select t.id from delivery_targets t where t.disabled_reason is null
    and t.user_id in (select m.user_id from group_members m join groups g on g.id = m.group_id where g.user_id = ${ownerId})
    and exists (select 1 from deliveries d where d.target_id = t.id and d.status = 'pending')`;

/** What was told, or waits to be told, to this member of the group. */
export async function forgetEvents(
  tx: EntityManager,
  { groupId, userId }: { groupId: string; userId?: string | undefined },
): Promise<void> {
  const who = userId ? sql`(${userId}::uuid)` : sql`(select user_id from group_members where group_id = ${groupId})`;
  await sql`delete from events where user_id in ${who} and data #>> '{group,id}' = ${groupId}`.execute(kysely(tx));
}

/** What members were, or are to be, told of rentals that have left the group through which they saw them. */
export async function forgetUnseen(tx: EntityManager, ownerId: string): Promise<void> {
  await sql`delete from events e using groups g, group_members m
    where g.user_id = ${ownerId} and m.group_id = g.id and e.user_id = m.user_id and e.data #>> '{group,id}' = g.id::text
      and not exists (select from bookings b where b.id = e.booking_id and b.group_id = g.id)`.execute(kysely(tx));
}

/** What others were told of this user's rentals. */
export async function forgetEventsFrom(tx: EntityManager, ownerId: string): Promise<void> {
  await sql`delete from events e using groups g, group_members m
    where g.user_id = ${ownerId} and m.group_id = g.id and e.user_id = m.user_id
      and e.data #>> '{group,id}' = g.id::text`.execute(kysely(tx));
}

/** From now on no price is told to this member, nor in waiting messages. What was about nothing else goes. */
export async function forgetPrices(
  tx: EntityManager,
  { groupId, userId }: { groupId: string; userId: string },
): Promise<void> {
  await sql`delete from events where user_id = ${userId} and data #>> '{group,id}' = ${groupId}
    and not ${saysMoreThanPrice(sql`type`, sql`data`)}`.execute(kysely(tx));
  await sql`update events set data = ${withoutPrice(sql`data`)}
    where user_id = ${userId} and data #>> '{group,id}' = ${groupId}`.execute(kysely(tx));
}
