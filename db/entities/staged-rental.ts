import { defineEntity, p } from '@mikro-orm/core';
import { time } from './columns.ts';
import { rentalColumns } from './rental-columns.ts';
import { SyncJob } from './sync-job.ts';

/** A row of the portal's list as one attempt read it, until the reconcile. */
export const StagedRental = defineEntity({
  name: 'StagedRental',
  tableName: 'staged_rentals',
  primaryKeys: ['jobId', 'attempt', 'ordinal'],
  properties: {
    jobId: p.manyToOne(SyncJob).primary().mapToPk().joinColumn('job_id').deleteRule('cascade').index(false),
    attempt: p.integer().primary(),
    ordinal: p.integer().primary(),
    /** Null where the row has no readable record id. */
    recordId: p.text().nullable(),
    ...rentalColumns(),
    startsAt: time().nullable(),
    endsAt: time().nullable(),
    recordUrl: p.text(),
    /** The columns above whose values say nothing, since they could not be read. */
    unreadable: p.array().columnType('text[]').defaultRaw(`'{}'`),
    /** Why not. */
    problem: p.text().nullable(),
    /** The cells' texts by column label. */
    raw: p.json<Record<string, string>>(),
  },
  indexes: [{ name: 'staged_rentals_record_id_index', properties: ['jobId', 'attempt', 'recordId'] }],
});
