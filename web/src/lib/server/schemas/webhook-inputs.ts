/** What comes in about webhooks. */
import { z } from 'zod';
import { flag } from '#domain/shapes/common.ts';
import { eventType } from '#domain/shapes/deliveries.ts';
import { cursor, id, limit, moment } from './inputs.ts';

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
  .object({
    url,
    events: events.default([]).meta({ description: 'Empty: all of them, also those to come.' }),
    description: description.default(''),
  })
  .meta({ id: 'WebhookRequest' });

/** What is left out stays as it is. */
export const webhookChange = z
  .object({
    url: url.optional(),
    events: events.optional(),
    description: description.optional(),
    enabled: flag.optional(),
  })
  .meta({ id: 'WebhookChange' });

export const webhookChangeOf = webhookChange.extend({ id });

export const recovery = z.object({ since: moment }).meta({ id: 'WebhookRecovery' });
export const recoveryOf = recovery.extend({ id });

export const webhookDeliveryList = z.object({ limit: limit(50), cursor });
export const webhookDeliveryListOf = webhookDeliveryList.extend({ id });
export const webhookDeliveryRef = z.object({ id, deliveryId: id });
