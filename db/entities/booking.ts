import { defineEntity, p } from '@mikro-orm/core';
import { groupedBy, type GroupedBy } from '#domain/groups.ts';
import { id, owner, time } from './columns.ts';
import { GroupRule } from './group-rule.ts';
import { Group } from './group.ts';
import { rentalColumns } from './rental-columns.ts';

/** A rental of one user as the portal last showed it. Never deleted: one that is gone has `removedAt`. */
export const Booking = defineEntity({
  name: 'Booking',
  tableName: 'bookings',
  properties: {
    id: id(),
    userId: owner(),
    /** The portal's id. Two users of one company may both have it. */
    recordId: p.text(),
    ...rentalColumns(),
    recordUrl: p.text(),
    firstSeenAt: time(),
    lastSeenAt: time(),
    removedAt: time().nullable(),
    /** The job that was the last to miss it among many and to keep it: another one has to agree. Null once it is seen. */
    missedBy: p.uuid().nullable(),
    /** Rises with each sync that changed what is seen of it; iCalendar's SEQUENCE. */
    sequence: p.integer().default(0),
    /** The time of the last visible change. */
    updatedAt: time(),
    /** A group of the same user. The reconcile never writes these three, `db/queries/assign-groups.ts` does. */
    groupId: p.manyToOne(Group).mapToPk().joinColumn('group_id').nullable().deleteRule('set null').index(false),
    /** By hand and without a group: in none, whatever rules say. */
    groupedBy: p
      .text()
      .$type<GroupedBy>()
      .nullable()
      .check(`grouped_by in ('${groupedBy.join("', '")}')`),
    groupRuleId: p
      .manyToOne(GroupRule)
      .mapToPk()
      .joinColumn('group_rule_id')
      .nullable()
      .deleteRule('set null')
      .index(false),
  },
  uniques: [{ name: 'bookings_user_id_record_id_unique', properties: ['userId', 'recordId'] }],
  indexes: [
    { name: 'bookings_user_id_starts_at_index', properties: ['userId', 'startsAt', 'id'] },
    { name: 'bookings_alive_index', properties: ['userId', 'startsAt'], where: 'removed_at is null' },
    { name: 'bookings_group_id_index', properties: ['groupId', 'startsAt', 'id'], where: 'group_id is not null' },
    { name: 'bookings_group_rule_id_index', properties: ['groupRuleId'], where: 'group_rule_id is not null' },
  ],
});
