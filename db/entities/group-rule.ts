import { defineEntity, p } from '@mikro-orm/core';
import { id, owner, timeOfCreation } from './columns.ts';
import { Group } from './group.ts';

/** Assigns rentals to a group by what they are; see `domain/group-rules.ts`. */
export const GroupRule = defineEntity({
  name: 'GroupRule',
  tableName: 'group_rules',
  properties: {
    id: id(),
    userId: owner(),
    groupId: p.manyToOne(Group).mapToPk().joinColumn('group_id').deleteRule('cascade').index(false),
    studio: p.text().nullable(),
    /** 0 is Sunday, on the studio's clock. */
    weekday: p.integer().nullable().check('weekday in (0, 1, 2, 3, 4, 5, 6)'),
    /** `HH:MM` on the studio's clock; both belong to it. */
    startsFrom: p.text().nullable(),
    startsTo: p.text().nullable(),
    nameContains: p.text().nullable(),
    createdAt: timeOfCreation(),
  },
  checks: [
    {
      name: 'group_rules_says_something',
      expression: 'num_nonnulls(studio, weekday, starts_from, starts_to, name_contains) > 0',
    },
  ],
  indexes: [
    { name: 'group_rules_user_id_index', properties: ['userId', 'createdAt', 'id'] },
    { name: 'group_rules_group_id_index', properties: ['groupId'] },
  ],
});
