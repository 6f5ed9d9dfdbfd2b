/** Web Push: one notification for all that is due, encrypted for the device, through the push service of its browser. */
import webPush from 'web-push';
import type { DueDelivery, TargetRow } from '#db/queries/delivery-rounds.ts';
import { secretContext, type Secrets } from '#db/secrets.ts';
import type { Tried } from '#domain/deliveries.ts';
import type { Outbound } from '#platform/outbound.ts';
import type { Vapid } from '#platform/vapid.ts';
import { failureWithoutAnswer, keptAnswer, putOffBy, refusedText } from '../answers.ts';
import { tellOf } from '../words.ts';
import type { DeliveryChannel } from '../channel.ts';
import { pushMessage, type PushMessage } from './message.ts';
import { readSubscriptionKeys, type SubscriptionKeys } from './subscription.ts';

interface Needed {
  outbound: Pick<Outbound, 'request'>;
  secrets: Pick<Secrets, 'open'>;
  vapid: Vapid;
  config: { PUBLIC_URL: string };
}

/** Everything that one sync can find is one notification. */
const mostInOne = 10_000;

export function createPushChannel(needed: Needed): DeliveryChannel {
  return {
    atOnce: mostInOne,
    inOneMessage: true,
    async deliver(target, deliveries, signal) {
      const tried = await push(needed, target, deliveries, signal);
      return deliveries.map(() => tried);
    },
  };
}

const gone = (error: string): Tried => ({ outcome: 'failed', gone: true, error });

async function push(
  needed: Needed,
  { id, address, secretSealed }: TargetRow,
  deliveries: DueDelivery[],
  signal: AbortSignal,
): Promise<Tried> {
  if (secretSealed === null) return gone('This device takes no notifications any more.');
  const keys = readSubscriptionKeys(needed.secrets.open(secretSealed, secretContext.targetSecret(id)));
  if (keys.serverKey !== needed.vapid.publicKey)
    return gone('This device was turned on for other keys of this service. It has to be turned on there again.');
  const first = deliveries[0]!;
  if (deliveries.every((one) => isTooLate(one)))
    return { outcome: 'failed', ours: true, abort: true, error: 'The rental had begun, so nothing was sent.' };
  const publicUrl = needed.config.PUBLIC_URL;
  const message = pushMessage({ publicUrl, id: first.bundle!, deliveries, now: Date.now() });
  const send = async (payload: string) =>
    needed.outbound.request(address, { ...requestOf(needed.vapid, address, keys, message, payload), signal });
  try {
    const response = await send(message.payload);
    return await read(response.status === 413 ? await send(message.brief) : response, first.wasCutOff);
  } catch (error) {
    return failureWithoutAnswer(error);
  }
}

/** A reminder after the fact. */
function isTooLate(delivery: DueDelivery): boolean {
  const { isReminder, startsAt } = tellOf(delivery);
  return isReminder && Date.parse(startsAt!) <= Date.now();
}

function requestOf(
  vapid: Vapid,
  endpoint: string,
  { p256dh, auth }: SubscriptionKeys,
  { ttlSeconds, urgency, topic }: PushMessage,
  payload: string,
) {
  const options = { vapidDetails: vapid, TTL: ttlSeconds, urgency, topic, contentEncoding: 'aes128gcm' } as const;
  const { headers, body } = webPush.generateRequestDetails({ endpoint, keys: { p256dh, auth } }, payload, options);
  // The client sets the length.
  const { 'Content-Length': _, ...others } = headers as Record<string, string | number>;
  const named = Object.entries(others).map(([name, value]) => [name, String(value)]);
  return { method: 'POST', headers: Object.fromEntries(named) as Record<string, string>, body: body };
}

const mayBeSecond = 'A worker stopped while it was sent before: the device shows the second one in place of the first.';

/** Our keys, our request: nothing that the device could mend. */
const againstUs = new Set([400, 401, 403, 413]);

/** These are about our keys: once an operator has mended them, the same push is taken. */
const againstOurKeys = new Set([401, 403]);

async function read(response: Response, wasCutOff: boolean | undefined): Promise<Tried> {
  const { status } = response;
  const answer = await keptAnswer(response);
  if (response.ok)
    return { outcome: 'delivered', status, answer: wasCutOff ? `${answer} ${mayBeSecond}`.trim() : answer };
  const said = { outcome: 'failed', status, answer } as const;
  if (status === 404 || status === 410)
    return {
      ...said,
      gone: true,
      error: `The push service no longer knows this device (${status}), so it was removed.`,
    };
  if (againstUs.has(status))
    return {
      ...said,
      ...{ ours: true, abort: !againstOurKeys.has(status) },
      error: `The push service refused what this service sent (${status}).`,
    };
  return { ...said, ...putOffBy(response), error: refusedText('The push service', status) };
}
