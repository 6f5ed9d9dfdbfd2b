import { defineEntity, p } from '@mikro-orm/core';
import { memberRoles, type MemberRole } from '#domain/groups.ts';
import { owner, timeOfCreation } from './columns.ts';
import { Group } from './group.ts';

/** Somebody whom a group's owner lets see its rentals. The owner has no row here. */
export const GroupMember = defineEntity({
  name: 'GroupMember',
  tableName: 'group_members',
  properties: {
    groupId: p.manyToOne(Group).mapToPk().joinColumn('group_id').deleteRule('cascade').index(false).primary(),
    /** The member. */
    userId: owner().primary(),
    role: p
      .text()
      .$type<MemberRole>()
      .check(`role in ('${memberRoles.join("', '")}')`),
    createdAt: timeOfCreation(),
  },
  indexes: [{ name: 'group_members_user_id_index', properties: ['userId'] }],
});
