import { defineEntity, p } from '@mikro-orm/core';
import type { StoredEventType } from '#domain/events.ts';
import { owner, time } from './columns.ts';

/**
 * What happened to a user's bookings and syncing, as it is told to others. Written with what it tells of. A user's are
 * committed in the order of their numbers, so that who has read up to one has missed none before it.
 */
export const Event = defineEntity({
  name: 'Event',
  tableName: 'events',
  properties: {
    seq: p.bigint('number').primary().autoincrement(),
    /** By which receivers know it. */
    id: p.uuid().defaultRaw('gen_random_uuid()'),
    userId: owner(),
    /** Ids alone: jobs go before their events may. */
    jobId: p.uuid().nullable(),
    bookingId: p.uuid().nullable(),
    type: p.text().$type<StoredEventType>(),
    /** In snake_case, as it is sent. */
    data: p.json<Record<string, unknown>>(),
    at: time(),
  },
  indexes: [
    { name: 'events_user_id_index', properties: ['userId', 'seq'] },
    { name: 'events_at_index', properties: ['at'] },
  ],
});
