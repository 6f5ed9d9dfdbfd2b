/** Webhooks: each event is posted by itself, signed, and the status decides. */
import type { DueDelivery, TargetRow } from '#db/queries/delivery-rounds.ts';
import { secretContext, type Secrets } from '#db/secrets.ts';
import type { Tried } from '#domain/deliveries.ts';
import type { Outbound } from '#platform/outbound.ts';
import { failureWithoutAnswer, keptAnswer, putOffBy, refusedText } from '../answers.ts';
import type { DeliveryChannel } from '../channel.ts';
import { readPreviousKeys, readWebhookKeys, signatureHeader, type WebhookKeys } from './keys.ts';

/** Different bookings at the same time; more would burden a small receiver. */
const atOnce = 8;

export function createWebhookChannel({
  outbound,
  secrets,
}: {
  outbound: Pick<Outbound, 'request'>;
  secrets: Pick<Secrets, 'open'>;
}): DeliveryChannel {
  return {
    atOnce,
    async deliver(target, deliveries, signal) {
      const keys = keysOf(target, secrets);
      return Promise.all(deliveries.map((delivery) => post({ outbound, signal }, target, keys, delivery)));
    },
  };
}

/** All that sign now. */
export function keysOf(target: TargetRow, secrets: Pick<Secrets, 'open'>): WebhookKeys[] {
  const { id, secretSealed, previousSecretSealed, previousUntil } = target;
  const open = (sealed: string) => secrets.open(sealed, secretContext.targetSecret(id));
  const before =
    previousUntil && previousSecretSealed
      ? readPreviousKeys({ text: open(previousSecretSealed), until: previousUntil })
      : [];
  return [readWebhookKeys(open(secretSealed!)), ...before];
}

interface Way {
  outbound: Pick<Outbound, 'request'>;
  signal: AbortSignal;
}

async function post(
  { outbound, signal }: Way,
  { address }: TargetRow,
  keys: WebhookKeys[],
  { eventId, type, at, data }: DueDelivery,
): Promise<Tried> {
  const body = JSON.stringify({ type, timestamp: at.toISOString(), data });
  const seconds = Math.floor(Date.now() / 1_000);
  const headers = {
    'content-type': 'application/json',
    'user-agent': 'gibney-sync-webhooks/1',
    'webhook-id': eventId,
    'webhook-timestamp': String(seconds),
    'webhook-signature': signatureHeader(keys, eventId, seconds, body),
  };
  try {
    return await read(await outbound.request(address, { method: 'POST', headers, body, signal }));
  } catch (error) {
    return failureWithoutAnswer(error);
  }
}

async function read(response: Response): Promise<Tried> {
  const { status, headers } = response;
  const answer = await keptAnswer(response);
  if (response.ok) return { outcome: 'delivered', status, answer };
  return {
    outcome: 'failed',
    status,
    answer,
    error: failureOf(status),
    ...putOffBy(response),
    ...(status === 410 && { gone: true }),
    ...(headers.get('webhook-delivery') === 'abort-message' && { abort: true }),
  };
}

function failureOf(status: number): string {
  return status === 410 ? 'The receiver said that it is gone for good (410).' : refusedText('The receiver', status);
}
