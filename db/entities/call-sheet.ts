import { defineEntity, p } from '@mikro-orm/core';
import { Booking } from './booking.ts';
import { id, owner, time, timeOfCreation } from './columns.ts';
import { Group } from './group.ts';

/** Rentals that guests may read of by a secret link: one, those of a group, or those of a period. */
export const CallSheet = defineEntity({
  name: 'CallSheet',
  tableName: 'call_sheets',
  properties: {
    id: id(),
    userId: owner(),
    title: p.text(),
    /** For the guests. */
    note: p.text().default(''),
    /** Who invites, as guests read it; empty where the owner gives no name. */
    hostName: p.text().default(''),
    /** Guests read who comes, and not only how many. */
    namesShown: p.boolean().default(false),
    bookingId: p.manyToOne(Booking).mapToPk().joinColumn('booking_id').deleteRule('cascade').nullable().index(false),
    groupId: p.manyToOne(Group).mapToPk().joinColumn('group_id').deleteRule('cascade').nullable().index(false),
    /** Rentals that start in it. */
    periodFrom: time().nullable(),
    periodTo: time().nullable(),
    /** SHA-256 of the token, hex. */
    tokenHash: p.text().unique(),
    tokenSealed: p.text().hidden(),
    expiresAt: time(),
    /** The end moves on with the last rental; otherwise the owner chose it. */
    followsRentals: p.boolean().default(false),
    revokedAt: time().nullable(),
    createdAt: timeOfCreation(),
    /** The last change of what the owner says on it. */
    updatedAt: timeOfCreation(),
    /** By a guest, to a few minutes. */
    lastOpenedAt: time().nullable(),
  },
  checks: [
    {
      name: 'call_sheets_subject_check',
      expression: 'num_nonnulls(booking_id, group_id, period_from) = 1 and (period_from is null) = (period_to is null)',
    },
  ],
  indexes: [
    { name: 'call_sheets_user_id_index', properties: ['userId', 'createdAt', 'id'] },
    { name: 'call_sheets_booking_id_index', properties: ['bookingId'] },
    { name: 'call_sheets_group_id_index', properties: ['groupId'] },
    { name: 'call_sheets_expires_at_index', properties: ['expiresAt'] },
  ],
});
