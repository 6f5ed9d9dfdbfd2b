/** Webhooks: each event is posted by itself, signed, and the status decides. */
import type { DueDelivery, TargetRow } from '#db/queries/delivery-rounds.ts';
import { secretContext, type Secrets } from '#db/secrets.ts';
import type { Tried } from '#domain/deliveries.ts';
import { OutboundError, type Outbound, type OutboundReason } from '#platform/outbound.ts';
import type { DeliveryChannel } from '../channel.ts';
import { readWebhookKeys, signatureHeader, type WebhookKeys } from './keys.ts';

/** Different bookings at the same time; more would be a burden to a small receiver. */
const atOnce = 8;

/** So much of an answer is kept, for people to read. */
const keptCharacters = 500;

/** Many users may have receivers at one host, which must not wait for one another. */
export const webhookLimits = { timeoutMs: 15_000, maxBytes: 256_000, connections: Infinity };

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

function keysOf(target: TargetRow, secrets: Pick<Secrets, 'open'>): WebhookKeys[] {
  const { id, secretSealed, previousSecretSealed, previousUntil } = target;
  const before = previousUntil !== null && previousUntil.getTime() > Date.now() ? previousSecretSealed : null;
  const sealed = [secretSealed, before].filter((one) => one !== null);
  return sealed.map((one) => readWebhookKeys(secrets.open(one, secretContext.targetSecret(id))));
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
    if (!(error instanceof OutboundError)) throw error;
    return { outcome: 'failed', error: unanswered[error.reason] };
  }
}

const unanswered: Record<OutboundReason, string> = {
  address_refused: 'The address is not on the public internet, so nothing was sent there.',
  insecure: 'The address does not begin with https://.',
  bad_certificate: 'The certificate of the address is not valid.',
  timed_out: `There was no answer within ${webhookLimits.timeoutMs / 1_000} seconds.`,
  too_large: 'The answer was too long.',
  unreachable: 'The address could not be reached.',
};

async function read(response: Response): Promise<Tried> {
  const { status, headers } = response;
  const answer = (await response.text()).slice(0, keptCharacters);
  if (response.ok) return { outcome: 'delivered', status, answer };
  const retryAfterMs = retryAfterOf(headers.get('retry-after'));
  return {
    outcome: 'failed',
    status,
    answer,
    error: failureOf(status),
    ...(retryAfterMs !== null && { retryAfterMs }),
    ...(status === 410 && { gone: true }),
    ...(headers.get('webhook-delivery') === 'abort-message' && { abort: true }),
  };
}

function failureOf(status: number): string {
  if (status === 410) return 'The receiver said that it is gone for good (410).';
  if (status >= 300 && status < 400) return `The receiver redirected (${status}), which is not followed.`;
  return `The receiver answered ${status}.`;
}

/** Seconds, or a date. */
function retryAfterOf(header: string | null): number | null {
  if (header === null) return null;
  if (/^\d+$/.test(header.trim())) return Number(header) * 1_000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? null : Math.max(0, at - Date.now());
}
