import { defineEntity, p } from '@mikro-orm/core';
import { memberRoles, type MemberRole } from '#domain/groups.ts';
import { id, time, timeOfCreation } from './columns.ts';
import { Group } from './group.ts';

/** An offer to become a member, sent by mail. It is deleted where it is accepted or taken back. */
export const GroupInvitation = defineEntity({
  name: 'GroupInvitation',
  tableName: 'group_invitations',
  properties: {
    id: id(),
    groupId: p.manyToOne(Group).mapToPk().joinColumn('group_id').deleteRule('cascade').index(false),
    /** Lower case. Only an account with this address can accept. */
    email: p.text(),
    role: p
      .text()
      .$type<MemberRole>()
      .check(`role in ('${memberRoles.join("', '")}')`),
    /** SHA-256 of the token, hex. */
    tokenHash: p.text().unique(),
    expiresAt: time(),
    createdAt: timeOfCreation(),
  },
  uniques: [{ name: 'group_invitations_group_id_email_unique', properties: ['groupId', 'email'] }],
  indexes: [{ name: 'group_invitations_expires_at_index', properties: ['expiresAt'] }],
});
