import { deliveries, delivery, events } from '#domain/shapes/deliveries.ts';
import { listDeliveries, listEvents, retryDelivery } from '#lib/server/deliveries/deliveries.ts';
import { deliveryList, eventList } from '#lib/server/schemas/delivery-inputs.ts';
import { ref } from '#lib/server/schemas/inputs.ts';
import { router, userProcedure } from '../init.ts';

export const deliveriesRouter = router({
  /** What happened, oldest first; go on from `lastCursor`. */
  events: userProcedure
    .input(eventList.optional())
    .output(events)
    .query(({ ctx, input }) => listEvents(ctx.services, ctx.user.id, input ?? eventList.parse({}))),

  /** What was sent where, newest first, with every attempt. */
  list: userProcedure
    .meta({ scope: 'manage' })
    .input(deliveryList.optional())
    .output(deliveries)
    .query(({ ctx, input }) => listDeliveries(ctx.services, ctx.user.id, input ?? deliveryList.parse({}))),

  /** Once more, now, under the same event id. */
  retry: userProcedure
    .input(ref)
    .output(delivery)
    .mutation(({ ctx, input }) => retryDelivery(ctx.services, ctx.user.id, input)),
});
