/** Devices that are told by push: browsers, each with a subscription at its maker's push service. */
import { z } from 'zod';
import { noticeKinds } from '../notifications.ts';
import { flag, id, nameOf, time } from './common.ts';
import { kinds } from './notifications.ts';

/** `off`: no kind is chosen. `gone`: its browser takes nothing any more, so that it has to be turned on there again. `failing`: it took nothing for three days. */
export const pushStates = ['on', 'off', 'gone', 'failing'] as const;

export const pushSubscription = z
  .object({
    id,
    name: z.string(),
    kinds: z.array(z.enum(noticeKinds)),
    state: z.enum(pushStates),
    current: flag.meta({ description: 'It was turned on in the session that asks.' }),
    createdAt: time,
    lastDeliveredAt: time.nullable(),
  })
  .meta({ id: 'PushSubscription' });

export const pushSubscriptions = z
  .object({
    publicKey: z.string().nullable().meta({
      description: 'For `applicationServerKey` of `PushManager.subscribe`; null: this service sends no push.',
    }),
    subscriptions: z.array(pushSubscription),
  })
  .meta({ id: 'PushSubscriptions' });

const endpoint = z
  .string('Give the endpoint.')
  .max(1_000, 'An endpoint has at most 1,000 characters.')
  .refine((value) => URL.canParse(value), 'An endpoint is an address that begins with https://.')
  .transform((value) => new URL(value).href)
  .meta({ format: 'uri' });

const bytes = (name: string, count: number) =>
  z
    .string(`Give the key ${name}.`)
    .regex(
      new RegExp(`^[A-Za-z0-9_-]{${Math.ceil((count * 4) / 3)}}={0,2}$`),
      `The key ${name} is ${count} bytes in base64url.`,
    );

/** As `PushSubscription.toJSON()` gives it: not strict, for browsers put more into it than we have a use for. */
export const pushRequest = z
  .object({
    endpoint,
    keys: z.object({ p256dh: bytes('p256dh', 65), auth: bytes('auth', 16) }),
    kinds: kinds
      .optional()
      .meta({ description: 'Left out: those of the device, or of the one turned on before it, or all.' }),
    name: nameOf('device').optional().meta({ description: 'Left out: after its browser.' }),
    replaces: endpoint.optional().meta({
      description: 'The endpoint that the device had: it is renewed, and nothing is turned on that is not there.',
    }),
  })
  .meta({ id: 'PushSubscriptionRequest' });

export const pushEndpoint = z.strictObject({ endpoint }).meta({ id: 'PushEndpoint' });

export type PushSubscriptionView = z.output<typeof pushSubscription>;
