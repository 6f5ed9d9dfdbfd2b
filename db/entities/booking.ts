import { defineEntity, p } from '@mikro-orm/core';
import { id, owner, time } from './columns.ts';
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
  },
  uniques: [{ name: 'bookings_user_id_record_id_unique', properties: ['userId', 'recordId'] }],
  indexes: [
    { name: 'bookings_user_id_starts_at_index', properties: ['userId', 'startsAt', 'id'] },
    { name: 'bookings_alive_index', properties: ['userId', 'startsAt'], where: 'removed_at is null' },
  ],
});
