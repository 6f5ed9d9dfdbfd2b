/** Members of groups, and who is invited to become one. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import type { MemberRole } from '#domain/groups.ts';
import { kysely, now, type Row } from '../kysely.ts';
import { isUuid } from '#domain/ids.ts';
import { touchFeedsOfMembers } from './calendar-feeds.ts';
import { forgetEvents, forgetPrices } from './member-events.ts';
import { lockUser, lockUserAlone } from './users.ts';

export interface MemberRow {
  userId: string;
  email: string;
  name: string;
  role: MemberRole;
  since: Date;
}

/** In the order in which they joined. */
export function listMembers(em: EntityManager, groupId: string): Promise<MemberRow[]> {
  return kysely(em)
    .selectFrom('group_members as m')
    .innerJoin('users as u', 'u.id', 'm.userId')
    .select(['m.userId', 'u.email', 'u.name', 'm.role', 'm.createdAt as since'])
    .where('m.groupId', '=', groupId)
    .orderBy('m.createdAt')
    .orderBy('m.userId')
    .execute();
}

const ofOwner = (em: EntityManager, ownerId: string, groupId: string) =>
  kysely(em)
    .selectFrom('groups')
    .select('id')
    .where((eb) => eb.and({ id: groupId, userId: ownerId }));

/** Waiting messages follow the change. False where there is no such member of a group of this owner. */
export function changeRole(
  em: EntityManager,
  ownerId: string,
  { groupId, userId, role }: { groupId: string; userId: string; role: MemberRole },
): Promise<boolean> {
  if (!isUuid(groupId) || !isUuid(userId)) return Promise.resolve(false);
  return em.transactional(async (tx) => {
    await lockUser(tx, userId);
    const { numUpdatedRows } = await kysely(tx)
      .updateTable('group_members')
      .set({ role })
      .where((eb) => eb.and({ groupId, userId }))
      .where('groupId', 'in', ofOwner(tx, ownerId, groupId))
      .executeTakeFirst();
    if (numUpdatedRows > 0n && role === 'viewer') await forgetPrices(tx, { groupId, userId });
    return numUpdatedRows > 0n;
  });
}

/** With everything that was, or waits to be, told. By the owner, or by the member. False where there is no such member, or `actorId` is neither. */
export function removeMember(
  em: EntityManager,
  actorId: string,
  { groupId, userId }: { groupId: string; userId: string },
): Promise<boolean> {
  if (!isUuid(groupId) || !isUuid(userId)) return Promise.resolve(false);
  return em.transactional(async (tx) => {
    await lockUser(tx, userId);
    const { numDeletedRows } = await kysely(tx)
      .deleteFrom('group_members')
      .where((eb) => eb.and({ groupId, userId }))
      .$if(actorId !== userId, (gone) => gone.where('groupId', 'in', ofOwner(tx, actorId, groupId)))
      .executeTakeFirst();
    if (numDeletedRows === 0n) return false;
    await forgetEvents(tx, { groupId, userId });
    await touchFeedsOfMembers(tx, sql`${userId}::uuid`);
    return true;
  });
}

export type InvitationRow = Pick<Row<'group_invitations'>, 'id' | 'email' | 'role' | 'expiresAt'>;

const invitationColumns = ['id', 'email', 'role', 'expiresAt'] as const;

/** Those that can still be accepted, oldest first. */
export function listInvitations(em: EntityManager, groupId: string): Promise<InvitationRow[]> {
  return kysely(em)
    .selectFrom('group_invitations')
    .select(invitationColumns)
    .where('groupId', '=', groupId)
    .where('expiresAt', '>', now)
    .orderBy('createdAt')
    .orderBy('id')
    .execute();
}

export interface NewInvitation {
  groupId: string;
  email: string;
  role: MemberRole;
  tokenHash: string;
  seconds: number;
}

/**
 * Replaces an earlier one to the same address. `member` where the address is the owner's or a member's, `many` where
 * the group has too many people. Expired ones of anybody are deleted. Null where the group is not the owner's.
 */
export function storeInvitation(
  em: EntityManager,
  ownerId: string,
  { seconds, ...values }: NewInvitation,
  most: number,
): Promise<InvitationRow | 'member' | 'many' | null> {
  return em.transactional(async (tx) => {
    await lockUserAlone(tx, ownerId);
    const db = kysely(tx);
    const { groupId, email } = values;
    if (!isUuid(groupId) || !(await ofOwner(tx, ownerId, groupId).executeTakeFirst())) return null;
    await db.deleteFrom('group_invitations').where('expiresAt', '<', now).execute();
    const { rows } = await sql<{ email: string; invited: boolean }>`
      select u.email, false as invited from users u
        where u.id = ${ownerId} or u.id in (select user_id from group_members where group_id = ${groupId})
      union all select email, true from group_invitations where group_id = ${groupId}`.execute(db);
    if (rows.some((one) => !one.invited && one.email === email)) return 'member';
    if (rows.filter((one) => one.email !== email).length > most) return 'many';
    const fresh = { ...values, expiresAt: sql<Date>`now() + make_interval(secs => ${seconds})` };
    return db
      .insertInto('group_invitations')
      .values(fresh)
      .onConflict((both) => both.columns(['groupId', 'email']).doUpdateSet(fresh))
      .returning(invitationColumns)
      .executeTakeFirstOrThrow();
  });
}

/** False where there is none in a group of this owner. */
export async function deleteInvitation(
  em: EntityManager,
  ownerId: string,
  { groupId, invitationId: id }: { groupId: string; invitationId: string },
): Promise<boolean> {
  if (!isUuid(groupId) || !isUuid(id)) return false;
  const { numDeletedRows } = await kysely(em)
    .deleteFrom('group_invitations')
    .where((eb) => eb.and({ id, groupId }))
    .where('groupId', 'in', ofOwner(em, ownerId, groupId))
    .executeTakeFirst();
  return numDeletedRows > 0n;
}

export interface OfferRow extends InvitationRow {
  groupId: string;
  groupName: string;
  ownerName: string;
}

function offers(em: EntityManager) {
  return kysely(em)
    .selectFrom('group_invitations as i')
    .innerJoin('groups as g', 'g.id', 'i.groupId')
    .innerJoin('users as u', 'u.id', 'g.userId')
    .select(invitationColumns.map((name) => `i.${name}` as const))
    .select(['g.id as groupId', 'g.name as groupName'])
    .select(sql<string>`coalesce(nullif(u.name, ''), u.email)`.as('ownerName'))
    .where('i.expiresAt', '>', now)
    .orderBy('i.createdAt');
}

/** What an address is invited to. */
export function listOffers(em: EntityManager, email: string): Promise<OfferRow[]> {
  return offers(em).where('i.email', '=', email).execute();
}

/** Null where it was taken back, accepted, or is too old. */
export async function findOffer(
  em: EntityManager,
  by: { tokenHash: string } | { id: string },
): Promise<OfferRow | null> {
  if ('id' in by && !isUuid(by.id)) return null;
  const found = 'id' in by ? offers(em).where('i.id', '=', by.id) : offers(em).where('i.tokenHash', '=', by.tokenHash);
  return (await found.executeTakeFirst()) ?? null;
}

/** Makes the user a member, once. False where it is gone, or was not sent to this address. */
export function acceptOffer(
  em: EntityManager,
  user: { id: string; email: string },
  { id, groupId }: { id: string; groupId: string },
): Promise<boolean> {
  return em.transactional(async (tx) => {
    await lockUser(tx, user.id);
    const db = kysely(tx);
    // Before its rows, as a deletion does.
    const group = await db.selectFrom('groups').select('id').where('id', '=', groupId).forKeyShare().executeTakeFirst();
    const taken =
      group &&
      (await db
        .deleteFrom('group_invitations')
        .where((eb) => eb.and({ id, groupId, email: user.email }))
        .where('expiresAt', '>', now)
        .returning('role')
        .executeTakeFirst());
    if (!taken) return false;
    await db
      .insertInto('group_members')
      .values({ groupId, userId: user.id, role: taken.role })
      .onConflict((both) => both.columns(['groupId', 'userId']).doUpdateSet({ role: taken.role }))
      .execute();
    return true;
  });
}

/** False where there is none to this address. */
export async function declineOffer(em: EntityManager, email: string, id: string): Promise<boolean> {
  if (!isUuid(id)) return false;
  const { numDeletedRows } = await kysely(em)
    .deleteFrom('group_invitations')
    .where((eb) => eb.and({ id, email }))
    .executeTakeFirst();
  return numDeletedRows > 0n;
}
