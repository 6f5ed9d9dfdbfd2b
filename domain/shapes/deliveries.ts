/** Events as they are told to others, and what came of telling them. */
import { z } from 'zod';
import { channels, deliveryStatuses } from '../deliveries.ts';
import { eventTypes, privateEventTypes } from '../events.ts';
import { id, nextCursor, time } from './common.ts';

export const eventType = z.enum(eventTypes, `An event is one of ${eventTypes.join(', ')}.`);

/** Its names are in snake_case wherever it goes. */
const eventData = z.record(z.string(), z.unknown());

export const event = z
  .object({
    id: id.meta({ description: 'The `webhook-id` under which it is sent.' }),
    type: eventType,
    at: time,
    data: eventData.meta({
      description:
        'The booking as it is then, with `before`, `after` and, where another rental is in its way, `conflicts`; or the job.',
    }),
  })
  .meta({ id: 'Event' });

export const events = z
  .object({
    events: z.array(event),
    nextCursor,
    lastCursor: z.string().nullable().meta({ description: 'Where to go on later, also after the last page.' }),
  })
  .meta({ id: 'Events' });

const attempt = z.object({
  at: time,
  durationMs: z.int(),
  responseStatus: z.int().nullable(),
  error: z.string().nullable(),
  answer: z.string().nullable().meta({ description: 'The beginning of what the receiver answered.' }),
});

const sentType = z.enum([...eventTypes, ...privateEventTypes]);

export const delivery = z
  .object({
    id,
    channel: z.enum(channels),
    targetId: id.meta({ description: 'The webhook, device or calendar.' }),
    address: z.string(),
    event: sentType,
    eventId: id,
    bookingId: id.nullable(),
    status: z.enum(deliveryStatuses),
    createdAt: time,
    nextAt: time.nullable().meta({ description: 'When it is tried next.' }),
    doneAt: time.nullable(),
    attempts: z.array(attempt).meta({ description: 'Oldest first; the last twenty.' }),
  })
  .meta({ id: 'Delivery' });

export const deliveries = z.object({ deliveries: z.array(delivery), nextCursor }).meta({ id: 'Deliveries' });

/** With what is posted. */
export const webhookDelivery = delivery
  .extend({
    request: z
      .object({ type: sentType, timestamp: time, data: eventData })
      .meta({ description: 'The body of each call, which only the headers tell apart.' }),
  })
  .meta({ id: 'WebhookDelivery' });

export const webhookDeliveries = z
  .object({ deliveries: z.array(webhookDelivery), nextCursor })
  .meta({ id: 'WebhookDeliveries' });

export type EventView = z.output<typeof event>;
export type DeliveryView = z.output<typeof delivery>;
export type WebhookDeliveryView = z.output<typeof webhookDelivery>;
