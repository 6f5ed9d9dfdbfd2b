import { z } from 'zod';
import { count } from '#domain/shapes/common.ts';
import { delivery, webhookDeliveries } from '#domain/shapes/deliveries.ts';
import { newWebhook, webhook } from '#domain/shapes/webhooks.ts';
import { ref } from '#lib/server/schemas/inputs.ts';
import * as inputs from '#lib/server/schemas/webhook-inputs.ts';
import * as webhooks from '#lib/server/webhooks/webhooks.ts';
import { router, userProcedure } from '../init.ts';

const managing = userProcedure.meta({ scope: 'manage' });

export const webhooksRouter = router({
  /** Oldest first. */
  list: managing.output(z.array(webhook)).query(({ ctx }) => webhooks.listWebhooks(ctx.services, ctx.user.id)),

  get: managing
    .input(ref)
    .output(webhook)
    .query(({ ctx, input }) => webhooks.readWebhook(ctx.services, ctx.user.id, input.id)),

  /** The answer holds the secret, this once. */
  create: managing
    .input(inputs.webhookRequest)
    .output(newWebhook)
    .mutation(({ ctx, input }) => webhooks.addWebhook(ctx.services, ctx.user.id, input)),

  /** What is left out stays as it is. */
  update: managing
    .input(inputs.webhookChangeOf)
    .output(webhook)
    .mutation(({ ctx, input }) => webhooks.changeWebhook(ctx.services, ctx.user.id, input)),

  /** A new secret, in the answer this once; for a day the one before signs as well. */
  rotate: managing
    .input(inputs.webhookRotationOf)
    .output(newWebhook)
    .mutation(({ ctx, input }) => webhooks.rotateWebhook(ctx.services, ctx.user.id, input)),

  remove: managing
    .input(ref)
    .output(z.void())
    .mutation(({ ctx, input }) => webhooks.removeWebhook(ctx.services, ctx.user.id, input.id)),

  /** Tried once, and never counted. */
  test: managing
    .input(ref)
    .output(z.void())
    .mutation(({ ctx, input }) => webhooks.testWebhook(ctx.services, ctx.user.id, input.id)),

  /** What was sent, newest first, with its body and every attempt. */
  deliveries: managing
    .input(inputs.webhookDeliveryListOf)
    .output(webhookDeliveries)
    .query(({ ctx, input }) => webhooks.listWebhookDeliveries(ctx.services, ctx.user.id, input)),

  /** Once more, under the same event id. */
  replay: managing
    .input(inputs.webhookDeliveryRef)
    .output(delivery)
    .mutation(({ ctx, input }) => webhooks.replayDelivery(ctx.services, ctx.user.id, input)),

  /** All events since then that it wants and has not taken; with `includeDelivered` also those that it took. */
  recover: managing
    .input(inputs.recoveryOf)
    .output(z.object({ count }))
    .mutation(({ ctx, input }) => webhooks.recoverWebhook(ctx.services, ctx.user.id, input)),
});
