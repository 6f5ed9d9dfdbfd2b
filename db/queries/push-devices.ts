/** Devices that are told by push: turned on, renewed and taken away. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import { noticeKinds, type NoticeKind } from '#domain/notifications.ts';
import { kysely, now, type Row } from '../kysely.ts';
import { lockUserAlone } from './users.ts';

const channel = 'push';

const deviceColumns = [
  ...(['id', 'description', 'events', 'secretSealed', 'disabledReason', 'sessionId'] as const),
  ...(['lastDeliveredAt', 'createdAt'] as const),
] as const;

export type DeviceRow = Pick<Row<'delivery_targets'>, (typeof deviceColumns)[number]>;

/** Oldest first. */
export function listPushDevices(em: EntityManager, userId: string): Promise<DeviceRow[]> {
  return kysely(em)
    .selectFrom('delivery_targets')
    .select(deviceColumns)
    .where((eb) => eb.and({ userId, channel }))
    .orderBy('createdAt')
    .orderBy('id')
    .execute();
}

/** The user's device at an endpoint; null where there is none. */
export async function readPushDevice(em: EntityManager, userId: string, endpoint: string): Promise<string | null> {
  const device = kysely(em)
    .selectFrom('delivery_targets')
    .select('id')
    .where((eb) => eb.and({ userId, channel, address: endpoint }));
  return (await device.executeTakeFirst())?.id ?? null;
}

export interface DeviceValues {
  id: string;
  userId: string;
  endpoint: string;
  name: string;
  sessionId: string | null;
  /** Left out: those of the device stay, and a new one takes those of the one before it. */
  kinds?: NoticeKind[] | undefined;
  /** The endpoint that it had. The device must already exist, or nothing is done. */
  replaces?: string | undefined;
}

export interface DeviceKeys {
  seal(id: string): string;
  /** Whether the sealed data of another user's device shows that it is the same browser. */
  isSame(device: { id: string; secretSealed: string | null }): boolean;
}

export type SavedDevice = DeviceRow | 'too_many' | 'of_another' | 'missing';

/**
 * Turns a device on, or renews what its browser gave for it. An endpoint belongs to whoever has the browser now: another
 * user's device at it goes, where its keys are the same.
 */
export function savePushDevice(
  em: EntityManager,
  values: DeviceValues,
  keys: DeviceKeys,
  most: number,
): Promise<SavedDevice> {
  return em.transactional(async (tx) => {
    const { userId, endpoint, replaces } = values;
    const owners = new Set([userId, ...(await devicesAt(tx, [endpoint])).map((one) => one.userId)]);
    for (const owner of [...owners].sort()) await lockUserAlone(tx, owner);
    const found = await devicesAt(tx, [endpoint, ...(replaces === undefined ? [] : [replaces])]);
    const others = found.filter((one) => one.userId !== userId && one.address === endpoint);
    if (others.some((one) => !keys.isSame(one))) return 'of_another';
    const own = found.filter((one) => one.userId === userId);
    const kept = own.find(({ address }) => address === endpoint) ?? own[0];
    if (replaces !== undefined && !kept) return 'missing';
    for (const { id } of [...others, ...own]) if (id !== kept?.id) await deleteDevice(tx, id);
    if (kept) return renew(tx, kept.id, values, keys);
    return (await countDevices(tx, userId)) >= most ? 'too_many' : insert(tx, values, keys);
  });
}

function devicesAt(tx: EntityManager, endpoints: string[]) {
  return kysely(tx)
    .selectFrom('delivery_targets')
    .select(['id', 'userId', 'address', 'secretSealed'])
    .where('channel', '=', channel)
    .where('address', 'in', endpoints)
    .orderBy('id')
    .forNoKeyUpdate()
    .execute();
}

async function deleteDevice(tx: EntityManager, id: string): Promise<void> {
  await kysely(tx).deleteFrom('delivery_targets').where('id', '=', id).execute();
}

async function countDevices(tx: EntityManager, userId: string): Promise<number> {
  const counted = kysely(tx)
    .selectFrom('delivery_targets')
    .select((eb) => eb.fn.countAll<number>().as('count'));
  return (await counted.where((eb) => eb.and({ userId, channel })).executeTakeFirstOrThrow()).count;
}

async function insert(tx: EntityManager, values: DeviceValues, { seal }: DeviceKeys): Promise<DeviceRow> {
  const { id, userId, endpoint: address, name: description, sessionId } = values;
  const events = values.kinds ?? (await newestKinds(tx, userId)) ?? [...noticeKinds];
  return kysely(tx)
    .insertInto('delivery_targets')
    .values({ id, userId, channel, address, description, sessionId, events, secretSealed: seal(id) })
    .returning(deviceColumns)
    .executeTakeFirstOrThrow();
}

async function newestKinds(tx: EntityManager, userId: string): Promise<NoticeKind[] | null> {
  const device = await kysely(tx)
    .selectFrom('delivery_targets')
    .select('events')
    .where((eb) => eb.and({ userId, channel }))
    .where('disabledReason', 'is', null)
    .orderBy('createdAt', 'desc')
    .limit(1)
    .executeTakeFirst();
  return (device?.events as NoticeKind[] | undefined) ?? null;
}

/** Earlier refusals say nothing about what the browser gives now; what its owner turned off stays off. */
function renew(tx: EntityManager, id: string, values: DeviceValues, { seal }: DeviceKeys): Promise<DeviceRow> {
  const { endpoint: address, name: description, sessionId, kinds } = values;
  const isOff = sql<boolean>`disabled_reason = 'user'`;
  return kysely(tx)
    .updateTable('delivery_targets')
    .set({ address, description, secretSealed: seal(id), ...(sessionId !== null && { sessionId }) })
    .set({ ...clean, updatedAt: now, revision: sql<number>`revision + 1` })
    .set(
      kinds
        ? { events: kinds, disabledReason: null }
        : { disabledReason: sql<'user' | null>`case when ${isOff} then 'user' end` },
    )
    .where('id', '=', id)
    .returning(deviceColumns)
    .executeTakeFirstOrThrow();
}

const clean = { failures: 0, failingSince: null, heldUntil: null, warned: 0, told: 0 } as const;

/** Where somebody is signed out, nobody is told of their rentals. */
export async function deleteDevicesOf(
  tx: EntityManager,
  userId: string,
  which: { session: string } | { allBut: string | null },
): Promise<void> {
  const devices = kysely(tx)
    .deleteFrom('delivery_targets')
    .where((eb) => eb.and({ userId, channel }));
  const those =
    'session' in which
      ? devices.where('sessionId', '=', which.session)
      : devices.where('sessionId', 'is distinct from', which.allBut);
  await those.execute();
}
