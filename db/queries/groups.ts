/** Groups of rentals: those of a user, and those that others share with that user. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import type { GroupConditions } from '#domain/group-rules.ts';
import type { GroupRole } from '#domain/groups.ts';
import { kysely, now, type Row } from '../kysely.ts';
import { isUuid } from '#domain/ids.ts';
import { touchFeedsOfMembers } from './calendar-feeds.ts';
import { isHeld } from '../rental-status.ts';
import { changeRules, release } from './assign-groups.ts';
import { forgetEvents } from './member-events.ts';
import { lockUserAlone } from './users.ts';

export interface GroupRow extends Pick<Row<'groups'>, 'id' | 'name' | 'payer' | 'createdAt'> {
  /** Or e-mail address. */
  ownerName: string;
  /** The role of the user who asks. */
  role: GroupRole;
  rentals: number;
  upcoming: number;
  members: number;
}

/** With the role of the user in each; nothing of a group in which the user has none. */
function groupsOf(em: EntityManager, userId: string) {
  const count = sql<number>`count(*)`.as('count');
  return kysely(em)
    .selectFrom('groups as g')
    .innerJoin('users as u', 'u.id', 'g.userId')
    .leftJoin('group_members as m', (join) => join.onRef('m.groupId', '=', 'g.id').on('m.userId', '=', userId))
    .where((eb) => eb.or([eb('g.userId', '=', userId), eb('m.userId', '=', userId)]))
    .select(['g.id', 'g.name', 'g.payer', 'g.createdAt'])
    .select(sql<string>`coalesce(nullif(u.name, ''), u.email)`.as('ownerName'))
    .select((eb) => {
      const bookings = eb.selectFrom('bookings as b').whereRef('b.groupId', '=', 'g.id');
      return [
        sql<GroupRole>`case when g.user_id = ${userId} then 'owner' else m.role end`.as('role'),
        bookings.select(count).as('rentals'),
        bookings.where(isHeld).where('b.endsAt', '>', now).select(count).as('upcoming'),
        eb.selectFrom('group_members as all').whereRef('all.groupId', '=', 'g.id').select(count).as('members'),
      ];
    })
    .$castTo<GroupRow>();
}

/** Own ones first, then shared ones, each by name. */
export function listGroups(em: EntityManager, userId: string): Promise<GroupRow[]> {
  return groupsOf(em, userId)
    .orderBy(sql`g.user_id <> ${userId}`)
    .orderBy(sql`lower(g.name)`)
    .orderBy('g.id')
    .execute();
}

/** Null where it does not exist, or the user has no role in it. */
export async function readGroup(em: EntityManager, userId: string, groupId: string): Promise<GroupRow | null> {
  if (!isUuid(groupId)) return null;
  return (await groupsOf(em, userId).where('g.id', '=', groupId).executeTakeFirst()) ?? null;
}

type GroupValues = Pick<Row<'groups'>, 'name' | 'payer'>;

/** In any case, since people tell groups apart by name. */
const hasName = (name: string) => sql<boolean>`lower(name) = lower(${name})`;

/** `taken` where another group of the user has the name, `many` where there are too many. */
export function insertGroup(
  em: EntityManager,
  userId: string,
  values: GroupValues,
  most: number,
): Promise<{ id: string } | 'taken' | 'many'> {
  return em.transactional(async (tx) => {
    await lockUserAlone(tx, userId);
    const own = kysely(tx).selectFrom('groups').where('userId', '=', userId);
    const { count } = await own.select(sql<number>`count(*)`.as('count')).executeTakeFirstOrThrow();
    if (count >= most) return 'many';
    if (await own.select('id').where(hasName(values.name)).executeTakeFirst()) return 'taken';
    return kysely(tx)
      .insertInto('groups')
      .values({ ...values, userId })
      .returning('id')
      .executeTakeFirstOrThrow();
  });
}

/** False where the group is not the user's. */
export function changeGroup(
  em: EntityManager,
  userId: string,
  groupId: string,
  values: Partial<GroupValues>,
): Promise<boolean | 'taken'> {
  return em.transactional(async (tx) => {
    await lockUserAlone(tx, userId);
    const others = kysely(tx).selectFrom('groups').select('id').where('userId', '=', userId).where('id', '<>', groupId);
    if (values.name !== undefined && (await others.where(hasName(values.name)).executeTakeFirst())) return 'taken';
    // An update of nothing is no update.
    const { numUpdatedRows } = await kysely(tx)
      .updateTable('groups')
      .set({ userId, ...values })
      .where((eb) => eb.and({ id: groupId, userId }))
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  });
}

const isOwn = async (em: EntityManager, userId: string, id: string) =>
  (await kysely(em)
    .selectFrom('groups')
    .select('id')
    .where((eb) => eb.and({ id, userId }))
    .executeTakeFirst()) !== undefined;

/** Its rentals are open to the other rules again. False where the group is not the user's. */
export function deleteGroup(em: EntityManager, userId: string, groupId: string): Promise<boolean> {
  return changeRules(em, userId, async (tx) => {
    if (!isUuid(groupId) || !(await isOwn(tx, userId, groupId))) return false;
    await release(tx, userId, { groupId });
    await forgetEvents(tx, { groupId });
    await touchFeedsOfMembers(tx, sql`select user_id from group_members where group_id = ${groupId}`);
    const { numDeletedRows } = await kysely(tx)
      .deleteFrom('groups')
      .where((eb) => eb.and({ id: groupId, userId }))
      .executeTakeFirst();
    return numDeletedRows > 0n;
  });
}

const ruleColumns = ['id', 'studio', 'weekday', 'startsFrom', 'startsTo', 'nameContains', 'createdAt'] as const;

export type GroupRuleRow = Pick<Row<'group_rules'>, (typeof ruleColumns)[number]> & { rentals: number };

/** In the order in which they are tried, with how many rentals each has assigned. */
export function listRules(em: EntityManager, groupId: string): Promise<GroupRuleRow[]> {
  return kysely(em)
    .selectFrom('group_rules as r')
    .select(ruleColumns.map((name) => `r.${name}` as const))
    .select((eb) =>
      eb
        .selectFrom('bookings as b')
        .whereRef('b.groupRuleId', '=', 'r.id')
        .select(sql<number>`count(*)`.as('count'))
        .as('rentals'),
    )
    .where('r.groupId', '=', groupId)
    .orderBy('r.createdAt')
    .orderBy('r.id')
    .$castTo<GroupRuleRow>()
    .execute();
}

/** Assigns at once. `many` where the user has too many, null where the group is not the user's. */
export function insertRule(
  em: EntityManager,
  userId: string,
  groupId: string,
  conditions: GroupConditions,
  most: number,
): Promise<{ id: string } | 'many' | null> {
  return changeRules(em, userId, async (tx) => {
    const db = kysely(tx);
    if (!(await isOwn(tx, userId, groupId))) return null;
    const { count } = await db
      .selectFrom('group_rules')
      .select(sql<number>`count(*)`.as('count'))
      .where('userId', '=', userId)
      .executeTakeFirstOrThrow();
    if (count >= most) return 'many';
    const values = { ...conditions, userId, groupId };
    return db.insertInto('group_rules').values(values).returning('id').executeTakeFirstOrThrow();
  });
}

/** What it assigned is open to the other rules. False where this user has none such in this group. */
export function deleteRule(em: EntityManager, userId: string, groupId: string, ruleId: string): Promise<boolean> {
  if (!isUuid(ruleId)) return Promise.resolve(false);
  return changeRules(em, userId, async (tx) => {
    await release(tx, userId, { groupRuleId: ruleId });
    const { numDeletedRows } = await kysely(tx)
      .deleteFrom('group_rules')
      .where((eb) => eb.and({ id: ruleId, groupId, userId }))
      .executeTakeFirst();
    return numDeletedRows > 0n;
  });
}
