import { defineEntity, p } from '@mikro-orm/core';
import { id, owner, timeOfCreation } from './columns.ts';

/** A troupe, project or payer of a user, to which rentals of that user belong. */
export const Group = defineEntity({
  name: 'Group',
  tableName: 'groups',
  properties: {
    id: id(),
    userId: owner(),
    name: p.text(),
    /** Who pays for it, in the owner's words. */
    payer: p.text().default(''),
    createdAt: timeOfCreation(),
  },
  uniques: [{ name: 'groups_user_id_name_unique', properties: ['userId', 'name'] }],
});
