/** What a user's targets were told, and what they would have been. */
import { readDeliveryTurns } from '#db/queries/delivery-turns.ts';
import type { z } from 'zod';
import * as queries from '#db/queries/deliveries.ts';
import * as outbox from '#db/queries/events.ts';
import { ApiError, notFound } from '../errors.ts';
import type { deliveryList, eventList } from '../schemas/delivery-inputs.ts';
import type { Services } from '../services.ts';

/** Oldest first. Throws `BadCursorError`. */
export function listEvents({ orm }: Pick<Services, 'orm'>, userId: string, input: z.output<typeof eventList>) {
  return outbox.listEvents(orm.em.fork(), userId, { ...input, cursor: input.cursor ?? null });
}

/** Newest first. Throws `BadCursorError`. */
export function listDeliveries({ orm }: Pick<Services, 'orm'>, userId: string, input: z.output<typeof deliveryList>) {
  return queries.listDeliveries(orm.em.fork(), userId, input);
}

/**
 * Sends it once more, now, under the same event id. Throws `not_found`, also for one of another target than a given one, and
 * `validation_failed` where its target is off.
 */
export async function retryDelivery(
  services: DeliveryServices,
  userId: string,
  { id, targetId }: { id: string; targetId?: string },
) {
  await services.limits.take('changes', userId);
  const delivery = await queries.sendAgain(services.orm.em.fork(), userId, id, targetId);
  if (!delivery) throw notFound('delivery', id);
  if (delivery === 'disabled') throw turnedOff();
  startDelivery(services, delivery.targetId);
  return delivery;
}

export function turnedOff(): ApiError {
  return new ApiError('validation_failed', 'What it goes to is off, so nothing is sent there. Turn it on first.');
}

export type DeliveryServices = Pick<Services, 'orm' | 'limits' | 'background' | 'syncClient'>;

/** What is to be sent is stored; while Temporal is away, the reconciler sends it later. */
export function startDelivery({ orm, background, syncClient }: DeliveryServices, targetId: string): void {
  background.run('start a delivery', async () => {
    const turns = await readDeliveryTurns(orm.em.fork(), [targetId]);
    await syncClient.deliver(targetId, turns.get(targetId));
  });
}
