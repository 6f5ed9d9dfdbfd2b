/** The part of a browser's subscription that is sealed. */
import { z } from 'zod';

const subscriptionKeys = z.object({
  /** The browser's public key and its secret, base64url: what is sent is encrypted for whoever has the other half. */
  p256dh: z.string(),
  auth: z.string(),
  /** The key of ours that it was made for: push services take nothing that another one signs. */
  serverKey: z.string(),
});

export type SubscriptionKeys = z.output<typeof subscriptionKeys>;

export function readSubscriptionKeys(opened: string): SubscriptionKeys {
  return subscriptionKeys.parse(JSON.parse(opened));
}
