/** The calls about webhooks. */
import { z } from 'zod';
import { count } from '#domain/shapes/common.ts';
import { delivery, webhookDeliveries } from '#domain/shapes/deliveries.ts';
import { newWebhook, webhook } from '#domain/shapes/webhooks.ts';
import { ref } from '../schemas/inputs.ts';
import * as inputs from '../schemas/webhook-inputs.ts';
import * as webhooks from '../webhooks/webhooks.ts';
import { userRoute } from './route.ts';

const list = z.object({ webhooks: z.array(webhook) }).meta({ id: 'Webhooks' });
const recovered = z.object({ count }).meta({ id: 'WebhookRecovered', description: 'How many are sent again.' });
/** A path's parameters keep their names. */
const deliveryRef = z.object({ id: ref.shape.id, delivery_id: ref.shape.id });

export const webhookRoutes = [
  userRoute({
    method: 'GET',
    path: '/user/webhooks',
    scope: 'manage',
    tag: 'Webhooks',
    summary: 'The webhooks, oldest first',
    status: 200,
    answer: list,
    run: async ({ services, user }) => ({ webhooks: await webhooks.listWebhooks(services, user.id) }),
  }),
  userRoute({
    method: 'POST',
    path: '/user/webhooks',
    tag: 'Webhooks',
    summary: 'Add a webhook',
    description: 'An address of yours that is told of events, by the Standard Webhooks specification. At most 20.',
    body: inputs.webhookRequest,
    status: 201,
    answer: newWebhook,
    run: ({ services, user, body }) => webhooks.addWebhook(services, user.id, body),
  }),
  userRoute({
    method: 'GET',
    path: '/user/webhooks/{id}',
    scope: 'manage',
    tag: 'Webhooks',
    summary: 'One webhook',
    params: ref,
    status: 200,
    answer: webhook,
    errors: ['not_found'],
    run: ({ services, user, params }) => webhooks.readWebhook(services, user.id, params.id),
  }),
  userRoute({
    method: 'PATCH',
    path: '/user/webhooks/{id}',
    tag: 'Webhooks',
    summary: 'Change a webhook',
    description: 'What is left out stays. `enabled: true` takes up one again that was disabled.',
    params: ref,
    body: inputs.webhookChange,
    status: 200,
    answer: webhook,
    errors: ['not_found'],
    run: ({ services, user, params, body }) => webhooks.changeWebhook(services, user.id, { ...params, ...body }),
  }),
  userRoute({
    method: 'DELETE',
    path: '/user/webhooks/{id}',
    tag: 'Webhooks',
    summary: 'Delete a webhook',
    description: 'With its log.',
    params: ref,
    status: 204,
    errors: ['not_found'],
    run: ({ services, user, params }) => webhooks.removeWebhook(services, user.id, params.id),
  }),
  userRoute({
    method: 'POST',
    path: '/user/webhooks/{id}/rotate',
    tag: 'Webhooks',
    summary: 'Give a webhook a new secret',
    description: 'For a day the one before signs as well, and older ones to the end of theirs.',
    params: ref,
    body: inputs.webhookRotation,
    status: 200,
    answer: newWebhook,
    errors: ['not_found'],
    run: ({ services, user, params, body }) => webhooks.rotateWebhook(services, user.id, { ...params, ...body }),
  }),
  userRoute({
    method: 'POST',
    path: '/user/webhooks/{id}/test',
    tag: 'Webhooks',
    summary: 'Send a test event',
    description: 'It goes the way of all others, is tried once, and never counts as a failure.',
    params: ref,
    status: 202,
    errors: ['not_found'],
    run: ({ services, user, params }) => webhooks.testWebhook(services, user.id, params.id),
  }),
  userRoute({
    method: 'GET',
    path: '/user/webhooks/{id}/deliveries',
    scope: 'manage',
    tag: 'Webhooks',
    summary: 'What was sent, newest first',
    description: 'With the body that is sent, and every attempt and its answer.',
    params: ref,
    query: inputs.webhookDeliveryList,
    status: 200,
    answer: webhookDeliveries,
    errors: ['not_found', 'bad_cursor'],
    run: ({ services, user, params, query }) =>
      webhooks.listWebhookDeliveries(services, user.id, { ...params, ...query }),
  }),
  userRoute({
    method: 'POST',
    path: '/user/webhooks/{id}/deliveries/{delivery_id}/replay',
    tag: 'Webhooks',
    summary: 'Send one delivery once more',
    description: 'Under the same event id.',
    params: deliveryRef,
    status: 202,
    answer: delivery,
    errors: ['not_found'],
    run: ({ services, user, params: { id, delivery_id: deliveryId } }) =>
      webhooks.replayDelivery(services, user.id, { id, deliveryId }),
  }),
  userRoute({
    method: 'POST',
    path: '/user/webhooks/{id}/recover',
    tag: 'Webhooks',
    summary: 'Send everything since a time',
    description:
      'All events that the webhook wants and has not taken; with `include_delivered` also those that it took.',
    params: ref,
    body: inputs.recovery,
    status: 202,
    answer: recovered,
    errors: ['not_found'],
    run: ({ services, user, params, body }) => webhooks.recoverWebhook(services, user.id, { ...params, ...body }),
  }),
];
