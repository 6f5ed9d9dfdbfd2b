/** Where users want to be told: made, changed and removed by them. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import type { Channel } from '#domain/deliveries.ts';
import { kysely, now, type Row } from '../kysely.ts';
import { isUuid } from '../text.ts';

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

/** Null where the user has so many of the channel already. */
export function insertTarget(em: EntityManager, target: NewTarget, most: number): Promise<OwnTargetRow | null> {
  return em.transactional(async (tx) => {
    const { userId, channel } = target;
    const db = kysely(tx);
    await db.selectFrom('users').select('id').where('id', '=', userId).forNoKeyUpdate().execute();
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

/** Null where there is none of this user. */
export async function readOwnTarget(em: EntityManager, { id, ...own }: Own): Promise<OwnTargetRow | null> {
  if (!isUuid(id)) return null;
  const row = kysely(em)
    .selectFrom('delivery_targets')
    .select(columns)
    .where((eb) => eb.and({ id, ...own }));
  return (await row.executeTakeFirst()) ?? null;
}

/** Cleared of what it failed at before, since it is another one now. */
const clean = { failures: 0, failingSince: null, heldUntil: null, warned: 0 } as const;

export async function changeTarget(
  em: EntityManager,
  { id, ...own }: Own,
  values: Partial<Pick<Row<'delivery_targets'>, 'address' | 'description' | 'events' | 'disabledReason'>>,
): Promise<OwnTargetRow | null> {
  if (!isUuid(id)) return null;
  const isOther = values.address !== undefined || values.disabledReason !== undefined;
  const changed = kysely(em)
    .updateTable('delivery_targets')
    .set({ ...values, ...(isOther && clean), updatedAt: now })
    .where((eb) => eb.and({ id, ...own }))
    .returning(columns);
  return (await changed.executeTakeFirst()) ?? null;
}

/** The secret of now stays good for so long. */
export async function rotateTargetSecret(
  em: EntityManager,
  { id, ...own }: Own,
  { secretSealed, previousMs }: { secretSealed: string; previousMs: number },
): Promise<OwnTargetRow | null> {
  if (!isUuid(id)) return null;
  const rotated = kysely(em)
    .updateTable('delivery_targets')
    .set((eb) => ({
      previousSecretSealed: eb.ref('secretSealed'),
      previousUntil: sql<Date>`now() + ${previousMs} * interval '1 ms'`,
      secretSealed,
      updatedAt: now,
    }))
    .where((eb) => eb.and({ id, ...own }))
    .returning(columns);
  return (await rotated.executeTakeFirst()) ?? null;
}

/** With all its deliveries. False where there was none. */
export async function deleteTarget(em: EntityManager, { id, ...own }: Own): Promise<boolean> {
  if (!isUuid(id)) return false;
  const gone = kysely(em)
    .deleteFrom('delivery_targets')
    .where((eb) => eb.and({ id, ...own }));
  return (await gone.executeTakeFirst()).numDeletedRows > 0n;
}
