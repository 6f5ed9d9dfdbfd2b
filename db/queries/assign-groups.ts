/** Which group each rental of a user belongs to: by the user's rules, or by hand, which no rule changes. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import { ruleFor } from '#domain/group-rules.ts';
import { kysely, type Row } from '../kysely.ts';
import { isUuid } from '#domain/ids.ts';
import { forgetUnseen } from './member-events.ts';
import { lockUser, lockUserAlone } from './users.ts';

const none = { groupId: null, groupedBy: null, groupRuleId: null } as const;

/**
 * Assigns what is in no group yet; an assigned rental stays where it is, even when the portal moves it. Within
 * the transaction that stores rentals or rules.
 * @param jobId only what this job changed
 */
export async function assignByRules(tx: EntityManager, userId: string, jobId?: string): Promise<void> {
  const rules = await kysely(tx)
    .selectFrom('group_rules')
    .selectAll()
    .where('userId', '=', userId)
    .orderBy('createdAt')
    .orderBy('id')
    .execute();
  if (rules.length === 0) return;
  const open = await kysely(tx)
    .selectFrom('bookings as b')
    .select(['b.id', 'b.name', 'b.studio', 'b.startsAt'])
    .where('b.userId', '=', userId)
    .where('b.groupedBy', 'is', null)
    .$if(jobId !== undefined, (found) =>
      found.where('b.id', 'in', (eb) =>
        eb.selectFrom('booking_changes').select('bookingId').where('jobId', '=', jobId!),
      ),
    )
    .execute();
  const assigned = open.flatMap((rental) => {
    const rule = ruleFor(rules, rental);
    return rule ? [{ id: rental.id, groupId: rule.groupId, ruleId: rule.id }] : [];
  });
  if (assigned.length === 0) return;
  await sql`update bookings b set group_id = one.group_id, grouped_by = 'rule', group_rule_id = one.rule_id
    from unnest(${assigned.map(({ id }) => id)}::uuid[], ${assigned.map(({ groupId }) => groupId)}::uuid[],
      ${assigned.map(({ ruleId }) => ruleId)}::uuid[]) as one (id, group_id, rule_id)
    where b.id = one.id and b.user_id = ${userId}`.execute(kysely(tx));
}

/**
 * Runs while no sync of the user stores rentals, and one after the other: both write many bookings in an order of their
 * own.
 */
export function changeRules<Result>(
  em: EntityManager,
  userId: string,
  change: (tx: EntityManager) => Promise<Result>,
): Promise<Result> {
  return em.transactional(async (tx) => {
    await lockUserAlone(tx, userId);
    await kysely(tx)
      .selectFrom('sync_jobs')
      .select('id')
      .where('userId', '=', userId)
      .where('status', 'in', ['pending', 'running'])
      .forUpdate()
      .execute();
    const result = await change(tx);
    await assignByRules(tx, userId);
    await forgetUnseen(tx, userId);
    return result;
  });
}

/** What the rule, or the whole group, has assigned is open to the rules again. */
export async function release(
  tx: EntityManager,
  userId: string,
  what: { groupRuleId: string } | { groupId: string },
): Promise<void> {
  await kysely(tx)
    .updateTable('bookings')
    .set(none)
    .where((eb) => eb.and({ userId, ...what }))
    .execute();
}

/** The group of a rental of the user; null where there is none. */
export async function readAssignment(
  em: EntityManager,
  userId: string,
  bookingId: string,
): Promise<Pick<Row<'bookings'>, 'groupId' | 'groupedBy'> | null> {
  if (!isUuid(bookingId)) return null;
  const booking = kysely(em)
    .selectFrom('bookings')
    .select(['groupId', 'groupedBy'])
    .where((eb) => eb.and({ id: bookingId, userId }));
  return (await booking.executeTakeFirst()) ?? null;
}

/**
 * By hand, to a group or to none. The owner may do so with every rental, an editor with those of the group, to another
 * group of the same owner that the editor may edit. False where the user may not, or one of the two does not exist.
 */
export function assignByHand(
  em: EntityManager,
  userId: string,
  bookingId: string,
  groupId: string | null,
): Promise<boolean> {
  if (!isUuid(bookingId) || (groupId !== null && !isUuid(groupId))) return Promise.resolve(false);
  return em.transactional(async (tx) => {
    await lockUser(tx, userId);
    const edited = sql`select m.group_id from group_members m where m.user_id = ${userId} and m.role = 'editor'`;
    const target = sql`exists (select from groups g where g.id = ${groupId} and g.user_id = b.user_id
      and (g.user_id = ${userId} or g.id in (${edited})))`;
    const { rows } = await sql<{ ownerId: string }>`update bookings b
      set group_id = ${groupId}, grouped_by = 'hand', group_rule_id = null
      where b.id = ${bookingId} and (b.user_id = ${userId} or b.group_id in (${edited}))
        and (${groupId}::uuid is null or ${target}) returning b.user_id as owner_id`.execute(kysely(tx));
    if (rows[0]) await forgetUnseen(tx, rows[0].ownerId);
    return rows.length === 1;
  });
}

/** Back to what the rules say. False where it is not the user's. */
export function assignAsRulesSay(em: EntityManager, userId: string, bookingId: string): Promise<boolean> {
  if (!isUuid(bookingId)) return Promise.resolve(false);
  return changeRules(em, userId, async (tx) => {
    const { numUpdatedRows } = await kysely(tx)
      .updateTable('bookings')
      .set(none)
      .where((eb) => eb.and({ id: bookingId, userId }))
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  });
}
