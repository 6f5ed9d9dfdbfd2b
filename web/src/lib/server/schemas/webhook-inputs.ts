/** What comes in about webhooks. */
import { z } from 'zod';
import { flag } from '#domain/shapes/common.ts';
import { eventType } from '#domain/shapes/deliveries.ts';
import { cursor, id, limit, moment, momentMeaning } from './inputs.ts';

const url = z
  .string('Give the address.')
  .trim()
  .min(1, 'Give the address.')
  .max(2_000, 'An address has at most 2,000 characters.')
  .refine((value) => URL.canParse(value), 'This is not an address. It begins with https://.')
  .transform((value) => new URL(value).href)
  .meta({ format: 'uri' });

const description = z
  .string()
  .trim()
  .max(200, 'A description has at most 200 characters.')
  .regex(/^\P{Cc}*$/u, 'A description is one line of text.');

const events = z
  .array(eventType, 'Give a list of events.')
  .max(20, 'At most 20 events.')
  .transform((given) => [...new Set(given)]);

export const webhookRequest = z
  .strictObject({
    url,
    events: events.default([]).meta({ description: 'Empty: all of them, also those to come.' }),
    description: description.default(''),
  })
  .meta({ id: 'WebhookRequest' });

/** What is left out stays as it is. */
export const webhookChange = z
  .strictObject({
    url: url.optional(),
    events: events.optional(),
    description: description.optional(),
    enabled: flag.optional(),
  })
  .meta({ id: 'WebhookChange' });

export const webhookChangeOf = webhookChange.extend({ id });

export const webhookRotation = z
  .strictObject({
    publicKey: z.string().max(100, 'This is no public key.').optional().meta({
      description: 'Only where the webhook still has this public key, so that a call made twice rotates once.',
    }),
  })
  .meta({ id: 'WebhookRotation' });
export const webhookRotationOf = webhookRotation.extend({ id });

export const recovery = z
  .strictObject({
    since: moment.meta({ description: momentMeaning }),
    includeDelivered: flag.default(false).meta({ description: 'Also what the webhook has taken.' }),
  })
  .meta({ id: 'WebhookRecovery' });
export const recoveryOf = recovery.extend({ id });

export const webhookDeliveryList = z.strictObject({ limit: limit(50), cursor });
export const webhookDeliveryListOf = webhookDeliveryList.extend({ id });
export const webhookDeliveryRef = z.strictObject({ id, deliveryId: id });
