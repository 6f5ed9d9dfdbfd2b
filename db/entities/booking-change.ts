import { defineEntity, p } from '@mikro-orm/core';
import type { ChangeKind } from '#domain/shapes/bookings.ts';
import { Booking } from './booking.ts';
import { id, owner, time } from './columns.ts';
import { SyncJob } from './sync-job.ts';

/** The fields that a change is about; times in ISO 8601 UTC. */
export type ChangeValues = Record<string, string | number | null>;

/** One thing that one sync found changed on one booking. */
export const BookingChange = defineEntity({
  name: 'BookingChange',
  tableName: 'booking_changes',
  properties: {
    id: id(),
    userId: owner(),
    bookingId: p.manyToOne(Booking).mapToPk().joinColumn('booking_id').deleteRule('cascade').index(false),
    /** Null once the job is past its retention. */
    jobId: p.manyToOne(SyncJob).mapToPk().joinColumn('job_id').deleteRule('set null').nullable().index(false),
    kind: p.text().$type<ChangeKind>(),
    before: p.json<ChangeValues>().nullable(),
    after: p.json<ChangeValues>().nullable(),
    at: time(),
    /** The user has said that they know of it. Those up to `users.changesSeenAt` are known as well. */
    acknowledgedAt: time().nullable(),
  },
  indexes: [
    { name: 'booking_changes_user_id_at_index', properties: ['userId', 'at', 'id'] },
    { name: 'booking_changes_booking_id_index', properties: ['bookingId', 'at'] },
    { name: 'booking_changes_job_id_index', properties: ['jobId'] },
    { name: 'booking_changes_at_index', properties: ['at'] },
    { name: 'booking_changes_forgotten_index', properties: ['at'], where: `kind <> 'price' and kind <> 'status'` },
  ],
});
