import { defineEntity, p } from '@mikro-orm/core';
import { deliveryStatuses, type Attempt, type DeliveryStatus } from '#domain/deliveries.ts';
import { id, owner, time, timeOfCreation } from './columns.ts';
import { DeliveryTarget } from './delivery-target.ts';
import { Event } from './event.ts';

/** One event on its way to one target, once; with all that came of it. */
export const Delivery = defineEntity({
  name: 'Delivery',
  tableName: 'deliveries',
  properties: {
    id: id(),
    userId: owner(),
    targetId: p.manyToOne(DeliveryTarget).mapToPk().joinColumn('target_id').deleteRule('cascade').index(false),
    eventSeq: p.manyToOne(Event).mapToPk().joinColumn('event_seq').deleteRule('cascade').index(false),
    /** What is told in order: all of one booking, all of syncing. */
    lane: p.text(),
    status: p
      .text()
      .$type<DeliveryStatus>()
      .check(`status in (${deliveryStatuses.map((status) => `'${status}'`).join(', ')})`)
      .default('pending'),
    tries: p.integer().default(0),
    nextAt: time().nullable(),
    /** What is sent in one message has one in common, by which the receiver knows that message again. */
    bundle: p.uuid().nullable(),
    /** Since when a message with it may be on its way. */
    sendingSince: time().nullable(),
    attempts: p.json<Attempt[]>().defaultRaw(`'[]'::jsonb`),
    createdAt: timeOfCreation(),
    doneAt: time().nullable(),
  },
  uniques: [{ name: 'deliveries_target_id_event_seq_unique', properties: ['targetId', 'eventSeq'] }],
  indexes: [
    { name: 'deliveries_event_seq_index', properties: ['eventSeq'] },
    { name: 'deliveries_user_id_index', properties: ['userId', 'createdAt', 'id'] },
    { name: 'deliveries_pending_index', properties: ['targetId', 'nextAt'], where: `status = 'pending'` },
    { name: 'deliveries_done_at_index', properties: ['doneAt'], where: 'done_at is not null' },
  ],
});
