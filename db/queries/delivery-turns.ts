import type { EntityManager } from '@mikro-orm/postgresql';
import type { DeliveryTurn } from '#domain/deliveries.ts';
import { kysely } from '../kysely.ts';

/** Of those of these targets that are there, by their ids. */
export async function readDeliveryTurns(em: EntityManager, targetIds: string[]): Promise<Map<string, DeliveryTurn>> {
  const rows = await kysely(em)
    .selectFrom('delivery_targets')
    .select(['id', 'userId', 'channel', 'failures'])
    .where('id', 'in', targetIds)
    .execute();
  return new Map(rows.map(({ id, userId, channel, failures }) => [id, { userId, channel, isFailing: failures > 0 }]));
}
