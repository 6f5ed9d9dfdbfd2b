import { defineEntity, p } from '@mikro-orm/core';
import { channels, disabledReasons, type Channel, type DisabledReason } from '#domain/deliveries.ts';
import type { EventType } from '#domain/events.ts';
import { id, owner, time, timeOfCreation } from './columns.ts';

const oneOf = (column: string, values: readonly string[]) =>
  `${column} in (${values.map((value) => `'${value}'`).join(', ')})`;

/** Where a user wants to be told of events: a webhook, a device, a mailbox, a calendar. */
export const DeliveryTarget = defineEntity({
  name: 'DeliveryTarget',
  tableName: 'delivery_targets',
  properties: {
    id: id(),
    userId: owner(),
    channel: p.text().$type<Channel>().check(oneOf('channel', channels)),
    /** Of a webhook its URL; of mail the address of the account; of a device the endpoint that its browser gave. */
    address: p.text(),
    /** Of a device its name. */
    description: p.text().default(''),
    /** The types that it is told of; empty: all. */
    events: p.array().columnType('text[]').$type<EventType[]>().defaultRaw(`'{}'`),
    /** What the channel signs or signs in with. */
    secretSealed: p.text().nullable().hidden(),
    /** The one before, which is good until then. */
    previousSecretSealed: p.text().nullable().hidden(),
    previousUntil: time().nullable(),
    /** Null while it is told of events. */
    disabledReason: p.text().$type<DisabledReason>().nullable().check(oneOf('disabled_reason', disabledReasons)),
    /** Rounds in a row in which nothing was taken; see `domain/deliveries.ts`. */
    failures: p.integer().default(0),
    failingSince: time().nullable(),
    heldUntil: time().nullable(),
    /** The warning that is due, and the last one that its owner got. */
    warned: p.integer().default(0),
    told: p.integer().default(0),
    /** Rises with each change of how it stands or where it leads, so that a round that began before it does not count. */
    revision: p.integer().default(0),
    lastDeliveredAt: time().nullable(),
    /** Of a device the session that turned it on: it goes where that one is ended. Ids alone, since sessions also run out. */
    sessionId: p.uuid().nullable(),
    createdAt: timeOfCreation(),
    updatedAt: timeOfCreation(),
  },
  uniques: [
    { name: 'delivery_targets_mail_unique', properties: ['userId'], where: "channel = 'mail'" },
    { name: 'delivery_targets_push_unique', properties: ['address'], where: "channel = 'push'" },
  ],
  indexes: [{ name: 'delivery_targets_user_id_index', properties: ['userId', 'createdAt'] }],
});
