/** Where users want to be told: made, changed and removed by them. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import type { Channel } from '#domain/deliveries.ts';
import { kysely, now, type Row } from '../kysely.ts';
import { isUuid } from '#domain/ids.ts';
import { bringForward } from './delivery-rounds.ts';
import { lockUser, lockUserAlone } from './users.ts';

const columns = [
  ...([
    'id',
    'channel',
    'address',
    'description',
    'events',
    'secretSealed',
    'previousUntil',
    'disabledReason',
  ] as const),
  ...(['failures', 'failingSince', 'lastDeliveredAt', 'createdAt', 'updatedAt'] as const),
];

export type OwnTargetRow = Pick<Row<'delivery_targets'>, (typeof columns)[number]>;

type NewTarget = Pick<
  Row<'delivery_targets'>,
  'id' | 'userId' | 'channel' | 'address' | 'description' | 'events' | 'secretSealed'
>;

/** Null where the user already has that many of the channel. */
export function insertTarget(em: EntityManager, target: NewTarget, most: number): Promise<OwnTargetRow | null> {
  return em.transactional(async (tx) => {
    const { userId, channel } = target;
    const db = kysely(tx);
    await lockUserAlone(tx, userId);
    const { count } = await db
      .selectFrom('delivery_targets')
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .where((eb) => eb.and({ userId, channel }))
      .executeTakeFirstOrThrow();
    if (count >= most) return null;
    return db.insertInto('delivery_targets').values(target).returning(columns).executeTakeFirstOrThrow();
  });
}

/** Oldest first. */
export function listTargets(em: EntityManager, userId: string, channel: Channel): Promise<OwnTargetRow[]> {
  return kysely(em)
    .selectFrom('delivery_targets')
    .select(columns)
    .where((eb) => eb.and({ userId, channel }))
    .orderBy('createdAt')
    .orderBy('id')
    .execute();
}

interface Own {
  userId: string;
  channel: Channel;
  id: string;
}

/** Null where this user has none. */
export async function readOwnTarget(em: EntityManager, { id, ...own }: Own): Promise<OwnTargetRow | null> {
  if (!isUuid(id)) return null;
  const row = kysely(em)
    .selectFrom('delivery_targets')
    .select(columns)
    .where((eb) => eb.and({ id, ...own }));
  return (await row.executeTakeFirst()) ?? null;
}

/** Cleared of earlier failures, since it is another target now. */
const clean = { failures: 0, failingSince: null, heldUntil: null, warned: 0, told: 0 } as const;

/** What waits is sent now where the address has changed, as if it had not been tried, or where the target is turned on. */
export async function changeTarget(
  em: EntityManager,
  { id, ...own }: Own,
  values: Partial<Pick<Row<'delivery_targets'>, 'address' | 'description' | 'events' | 'disabledReason'>>,
): Promise<OwnTargetRow | null> {
  if (!isUuid(id)) return null;
  return em.transactional(async (tx) => {
    await lockUser(tx, own.userId);
    const found = kysely(tx)
      .selectFrom('delivery_targets')
      .select('address')
      .where((eb) => eb.and({ id, ...own }));
    const before = await found.forNoKeyUpdate().executeTakeFirst();
    if (!before) return null;
    const isMoved = values.address !== undefined && values.address !== before.address;
    const isOther = isMoved || values.disabledReason !== undefined;
    if (isOther) await bringForward(tx, id, { fresh: isMoved });
    return kysely(tx)
      .updateTable('delivery_targets')
      .set({ ...values, ...(isOther && { ...clean, revision: sql<number>`revision + 1` }), updatedAt: now })
      .where('id', '=', id)
      .returning(columns)
      .executeTakeFirstOrThrow();
  });
}

const secretColumns = ['secretSealed', 'previousSecretSealed', 'previousUntil'] as const;
export type TargetSecrets = Pick<Row<'delivery_targets'>, (typeof secretColumns)[number]>;

/** @param change what is stored instead of what is there; what it throws leaves all as it is */
export async function rotateTargetSecret(
  em: EntityManager,
  { id, ...own }: Own,
  change: (before: TargetSecrets) => TargetSecrets,
): Promise<OwnTargetRow | null> {
  if (!isUuid(id)) return null;
  return em.transactional(async (tx) => {
    await lockUser(tx, own.userId);
    const found = kysely(tx)
      .selectFrom('delivery_targets')
      .select(secretColumns)
      .where((eb) => eb.and({ id, ...own }));
    const before = await found.forNoKeyUpdate().executeTakeFirst();
    if (!before) return null;
    return kysely(tx)
      .updateTable('delivery_targets')
      .set({ ...change(before), updatedAt: now })
      .where('id', '=', id)
      .returning(columns)
      .executeTakeFirstOrThrow();
  });
}

/** With all its deliveries. False where there was none. */
export async function deleteTarget(em: EntityManager, { id, ...own }: Own): Promise<boolean> {
  if (!isUuid(id)) return false;
  return em.transactional(async (tx) => {
    await lockUser(tx, own.userId);
    const gone = kysely(tx)
      .deleteFrom('delivery_targets')
      .where((eb) => eb.and({ id, ...own }));
    return (await gone.executeTakeFirst()).numDeletedRows > 0n;
  });
}
