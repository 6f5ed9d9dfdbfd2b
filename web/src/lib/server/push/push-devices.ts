/** A user's devices that are told by push. */
import { ECDH, randomUUID } from 'node:crypto';
import type { z } from 'zod';
import { deleteTarget, readOwnTarget } from '#db/queries/delivery-targets.ts';
import { writeTestEvent } from '#db/queries/events.ts';
import {
  listPushDevices,
  readPushDevice,
  savePushDevice,
  type DeviceKeys,
  type DeviceRow,
} from '#db/queries/push-devices.ts';
import { secretContext } from '#db/secrets.ts';
import type { NoticeKind } from '#domain/notifications.ts';
import type { pushRequest, PushSubscriptionView } from '#domain/shapes/push.ts';
import { readSubscriptionKeys, type SubscriptionKeys } from '#notifications/push/subscription.ts';
import { deviceName } from '../auth/device-name.ts';
import type { Session } from '../auth/session.ts';
import { refuseAddress } from '../deliveries/refuse-address.ts';
import { startDelivery } from '../deliveries/deliveries.ts';
import { ApiError, notFound } from '../errors.ts';
import type { Services } from '../services.ts';

const channel = 'push';
const mostDevices = 20;

/** Oldest first, with the key that a browser subscribes for. */
export async function listDevices({ orm, config }: Pick<Services, 'orm' | 'config'>, session: Session) {
  const found = await listPushDevices(orm.em.fork(), session.user.id);
  return { publicKey: config.vapid?.publicKey ?? null, subscriptions: found.map((row) => viewOf(row, session)) };
}

/**
 * Turns on a device, or renews one. Throws `validation_failed` where there is no push, the keys or the address are refused, another user
 * has the endpoint with other keys, or there are too many devices; `not_found` where it should be there already and is not.
 */
export async function addDevice(
  services: Services,
  session: Session,
  { endpoint, keys, kinds, name, replaces }: z.output<typeof pushRequest>,
  userAgent: string | null,
): Promise<PushSubscriptionView> {
  await services.limits.take('changes', session.user.id);
  const { vapid } = services.config;
  if (!vapid) throw new ApiError('validation_failed', 'This service sends no push notifications.');
  assertCurvePoint(keys.p256dh);
  await refuseAddress(services, 'endpoint', endpoint);
  const saved = await savePushDevice(
    services.orm.em.fork(),
    {
      ...{ id: randomUUID(), userId: session.user.id, endpoint, kinds, replaces },
      name: name ?? deviceName(userAgent),
      sessionId: session.via === 'api_key' ? null : session.id,
    },
    deviceKeys(services, { ...keys, serverKey: vapid.publicKey }),
    mostDevices,
  );
  if (saved === 'too_many')
    throw new ApiError('validation_failed', `You have ${mostDevices} devices. Remove one that you no longer use.`);
  if (saved === 'of_another') throw refused('endpoint', 'This endpoint belongs to another browser.');
  if (saved === 'missing') throw notFound('device', 'with that endpoint');
  startDelivery(services, saved.id);
  return viewOf(saved, session);
}

function refused(field: string, message: string): ApiError {
  return new ApiError('validation_failed', message, { fields: { [field]: [message] } });
}

/** A key that nothing could be encrypted for would fail with each delivery. */
function assertCurvePoint(p256dh: string): void {
  try {
    ECDH.convertKey(p256dh, 'prime256v1', 'base64url');
  } catch {
    throw refused('keys', 'The key p256dh is not one of a browser.');
  }
}

function deviceKeys({ secrets }: Pick<Services, 'secrets'>, keys: SubscriptionKeys): DeviceKeys {
  const place = secretContext.targetSecret;
  return {
    seal: (id) => secrets.seal(JSON.stringify(keys), place(id)),
    isSame: ({ id, secretSealed }) =>
      secretSealed === null || readSubscriptionKeys(secrets.open(secretSealed, place(id))).auth === keys.auth,
  };
}

/** With its log. Throws `not_found`. */
export async function removeDevice({ orm }: Pick<Services, 'orm'>, userId: string, id: string): Promise<void> {
  if (!(await deleteTarget(orm.em.fork(), { userId, channel, id }))) throw notFound('device', id);
}

/** As a browser knows it. Throws `not_found`. */
export async function removeDeviceAt({ orm }: Pick<Services, 'orm'>, userId: string, endpoint: string): Promise<void> {
  const id = await readPushDevice(orm.em.fork(), userId, endpoint);
  if (id === null) throw notFound('device', 'with that endpoint');
  await removeDevice({ orm }, userId, id);
}

/** Sends a test there, the way that everything goes. It is tried once and counts for nothing. Throws `not_found`, `validation_failed`. */
export async function testDevice(services: Services, userId: string, id: string): Promise<void> {
  await services.limits.take('changes', userId);
  const device = await readOwnTarget(services.orm.em.fork(), { userId, channel, id });
  if (!device) throw notFound('device', id);
  if (device.secretSealed === null)
    throw new ApiError('validation_failed', 'This device takes nothing any more. Turn notifications on there again.');
  const data = { message: 'You asked for it in the settings. Notifications come here.' };
  await writeTestEvent(services.orm.em.fork(), { userId, targetId: id, data });
  startDelivery(services, id);
}

const states = { user: 'off', gone: 'gone', failing: 'failing' } as const;

function viewOf(row: DeviceRow, session: Session): PushSubscriptionView {
  const { id, description: name, events, disabledReason, sessionId, createdAt, lastDeliveredAt } = row;
  return {
    ...{ id, name, state: disabledReason === null ? 'on' : states[disabledReason] },
    kinds: disabledReason === 'user' ? [] : (events as NoticeKind[]),
    current: sessionId === session.id,
    createdAt: createdAt.toISOString(),
    lastDeliveredAt: lastDeliveredAt?.toISOString() ?? null,
  };
}
