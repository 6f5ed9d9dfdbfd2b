/** Delivery targets for tests. */
import { randomUUID } from 'node:crypto';
import type { InferEntity, RequiredEntityData } from '@mikro-orm/core';
import type { EntityManager } from '#db/orm.ts';
import { DeliveryTarget } from '#db/entities/index.ts';

/** A webhook that wants all events, unless said otherwise. */
export async function addTarget(
  em: EntityManager,
  userId: string,
  values: Partial<RequiredEntityData<InferEntity<typeof DeliveryTarget>>> = {},
): Promise<string> {
  const id = randomUUID();
  await em.insert(DeliveryTarget, { id, userId, channel: 'webhook', address: 'https://receiver.test/', ...values });
  return id;
}
