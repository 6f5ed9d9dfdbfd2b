/** Webhooks: addresses of the user's own that are told of events. */
import { z } from 'zod';
import { disabledReasons } from '../deliveries.ts';
import { count, flag, id, time } from './common.ts';
import { eventType } from './deliveries.ts';

export const webhook = z
  .object({
    id,
    url: z.string(),
    description: z.string(),
    events: z.array(eventType).meta({ description: 'Empty: all of them.' }),
    enabled: flag,
    disabledReason: z.enum(disabledReasons).nullable().meta({
      description: '`gone`: the receiver answered 410. `failing`: it took nothing for three days.',
    }),
    publicKey: z.string().meta({ description: 'Verifies the `v1a` signatures.' }),
    failures: count.meta({ description: 'Rounds in a row in which nothing was taken.' }),
    failingSince: time.nullable(),
    lastDeliveredAt: time.nullable(),
    previousSecretUntil: time.nullable().meta({ description: 'Until then the secret before is used for signing too.' }),
    createdAt: time,
    updatedAt: time,
  })
  .meta({ id: 'Webhook' });

/** The only answers with the secret. */
export const newWebhook = webhook
  .extend({ secret: z.string().meta({ description: 'Shown this once. Verifies the `v1` signatures.' }) })
  .meta({ id: 'NewWebhook' });

export type WebhookView = z.output<typeof webhook>;
export type NewWebhookView = z.output<typeof newWebhook>;
