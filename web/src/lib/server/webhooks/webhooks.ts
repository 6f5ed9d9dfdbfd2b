/** A user's webhooks. */
import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import { listDeliveries, sendSince } from '#db/queries/deliveries.ts';
import * as targets from '#db/queries/delivery-targets.ts';
import { writeTestEvent } from '#db/queries/events.ts';
import { secretContext } from '#db/secrets.ts';
import { endedKeys, newWebhookKeys, publicKeyOf, readWebhookKeys } from '#notifications/webhooks/keys.ts';
import { retryDelivery, startDelivery, turnedOff, type DeliveryServices } from '../deliveries/deliveries.ts';
import { refuseAddress } from '../deliveries/refuse-address.ts';
import { ApiError, notFound } from '../errors.ts';
import type {
  recovery,
  webhookChange,
  webhookDeliveryList,
  webhookRequest,
  webhookRotation,
} from '../schemas/webhook-inputs.ts';
import type { Services } from '../services.ts';

type WebhookServices = DeliveryServices & Pick<Services, 'config' | 'secrets'>;

const channel = 'webhook';
const mostWebhooks = 20;

/** A receiver has a day to take over the new secret. */
const previousSecretMs = 24 * 60 * 60_000;

const missing = (id: string) => notFound('webhook', id);

/** Oldest first. */
export async function listWebhooks(services: WebhookServices, userId: string) {
  const found = await targets.listTargets(services.orm.em.fork(), userId, channel);
  return found.map((row) => viewOf(services, row));
}

/** Throws `not_found`. */
export async function readWebhook(services: WebhookServices, userId: string, id: string) {
  const row = await targets.readOwnTarget(services.orm.em.fork(), { userId, channel, id });
  if (!row) throw missing(id);
  return viewOf(services, row);
}

/** Throws `validation_failed` where the address is refused, or the user has too many. */
export async function addWebhook(
  services: WebhookServices,
  userId: string,
  { url, events, description }: z.output<typeof webhookRequest>,
) {
  await services.limits.take('changes', userId);
  await refuseAddress(services, 'url', url);
  const id = randomUUID();
  const { keys, secretSealed } = newSealedKeys(services, id);
  const values = { id, userId, channel, address: url, events, description, secretSealed } as const;
  const row = await targets.insertTarget(services.orm.em.fork(), values, mostWebhooks);
  if (!row)
    throw new ApiError('validation_failed', `You have ${mostWebhooks} webhooks. Delete one that you no longer use.`);
  return { ...viewOf(services, row), secret: keys.secret };
}

/** Throws `not_found`, `validation_failed` where the address is refused. */
export async function changeWebhook(
  services: WebhookServices,
  userId: string,
  { id, url, events, description, enabled }: z.output<typeof webhookChange> & { id: string },
) {
  await services.limits.take('changes', userId);
  if (url !== undefined) await refuseAddress(services, 'url', url);
  const row = await targets.changeTarget(
    services.orm.em.fork(),
    { userId, channel, id },
    {
      ...(url !== undefined && { address: url }),
      ...(events && { events }),
      ...(description !== undefined && { description }),
      ...(enabled !== undefined && { disabledReason: enabled ? null : ('user' as const) }),
    },
  );
  if (!row) throw missing(id);
  startDelivery(services, id);
  return viewOf(services, row);
}

/**
 * New keys; those of now go on signing beside them for a day, and those before to their own end. With a public key only where that is
 * the one of now: a page that is sent again changes nothing. Throws `not_found`, `validation_failed`.
 */
export async function rotateWebhook(
  services: WebhookServices,
  userId: string,
  { id, publicKey }: z.output<typeof webhookRotation> & { id: string },
) {
  await services.limits.take('changes', userId);
  const place = secretContext.targetSecret(id);
  const open = (sealed: string) => services.secrets.open(sealed, place);
  const { keys, secretSealed } = newSealedKeys(services, id);
  const change = ({ secretSealed: sealed, previousSecretSealed, previousUntil }: targets.TargetSecrets) => {
    const ending = readWebhookKeys(open(sealed!));
    if (publicKey !== undefined && publicKey !== publicKeyOf(ending)) throw rotatedAlready();
    const before =
      previousSecretSealed && previousUntil ? { text: open(previousSecretSealed), until: previousUntil } : null;
    return {
      secretSealed,
      previousSecretSealed: services.secrets.seal(endedKeys(ending, before), place),
      previousUntil: new Date(Date.now() + previousSecretMs),
    };
  };
  const row = await targets.rotateTargetSecret(services.orm.em.fork(), { userId, channel, id }, change);
  if (!row) throw missing(id);
  return { ...viewOf(services, row), secret: keys.secret };
}

const rotatedAlready = () =>
  new ApiError(
    'validation_failed',
    'The secret is a new one already. It was shown once; make another one if it is lost.',
  );

/** With its log. Throws `not_found`. */
export async function removeWebhook(services: WebhookServices, userId: string, id: string): Promise<void> {
  const isGone = await targets.deleteTarget(services.orm.em.fork(), { userId, channel, id });
  if (!isGone) throw missing(id);
}

/** Sends a test event there, whether it is enabled or not. Throws `not_found`. */
export async function testWebhook(services: WebhookServices, userId: string, id: string) {
  await services.limits.take('changes', userId);
  await readWebhook(services, userId, id);
  const data = { message: 'This is a test. It tells of nothing that happened.' };
  await writeTestEvent(services.orm.em.fork(), { userId, targetId: id, data });
  startDelivery(services, id);
}

/** Newest first. Throws `not_found`, `BadCursorError`. */
export async function listWebhookDeliveries(
  services: WebhookServices,
  userId: string,
  { id, ...page }: z.output<typeof webhookDeliveryList> & { id: string },
) {
  await readWebhook(services, userId, id);
  const list = { ...page, targetId: id, withEvents: true };
  const { deliveries, nextCursor } = await listDeliveries(services.orm.em.fork(), userId, list);
  return { deliveries: deliveries.map(withRequest), nextCursor };
}

type Sent = Awaited<ReturnType<typeof listDeliveries>>['deliveries'][number];

function withRequest({ eventAt, eventData, ...delivery }: Sent) {
  return { ...delivery, request: { type: delivery.event, timestamp: eventAt!, data: eventData! } };
}

/** Throws `not_found`, `validation_failed` where it is off. */
export async function replayDelivery(
  services: WebhookServices,
  userId: string,
  { id, deliveryId }: { id: string; deliveryId: string },
) {
  await readWebhook(services, userId, id);
  return retryDelivery(services, userId, { id: deliveryId, targetId: id });
}

/** Sends everything since then that it wants and has not taken, or has. Throws `not_found`, `validation_failed` where it is off. */
export async function recoverWebhook(
  services: WebhookServices,
  userId: string,
  { id, since, includeDelivered }: z.output<typeof recovery> & { id: string },
): Promise<{ count: number }> {
  await services.limits.take('changes', userId);
  await readWebhook(services, userId, id);
  const wanted = { since: new Date(since), includeDelivered };
  const count = await sendSince(services.orm.em.fork(), userId, id, wanted);
  if (count === null) throw turnedOff();
  startDelivery(services, id);
  return { count };
}

function newSealedKeys({ secrets }: Pick<Services, 'secrets'>, id: string) {
  const keys = newWebhookKeys();
  return { keys, secretSealed: secrets.seal(JSON.stringify(keys), secretContext.targetSecret(id)) };
}

function viewOf({ secrets }: Pick<Services, 'secrets'>, row: targets.OwnTargetRow) {
  const { id, address: url, secretSealed, previousUntil, ...rest } = row;
  const keys = readWebhookKeys(secrets.open(secretSealed!, secretContext.targetSecret(id)));
  const isOver = previousUntil !== null && previousUntil.getTime() <= Date.now();
  return {
    ...rest,
    id,
    url,
    enabled: row.disabledReason === null,
    publicKey: publicKeyOf(keys),
    previousSecretUntil: isOver ? null : previousUntil,
  };
}
