/** The calls about events, and about what was sent where. */
import { deliveries, delivery, events } from '#domain/shapes/deliveries.ts';
import { listDeliveries, listEvents, retryDelivery } from '../deliveries/deliveries.ts';
import { deliveryList, eventList } from '../schemas/delivery-inputs.ts';
import { ref } from '../schemas/inputs.ts';
import { userRoute } from './route.ts';

export const deliveryRoutes = [
  userRoute({
    method: 'GET',
    path: '/user/events',
    tag: 'Events',
    summary: 'What happened, oldest first',
    description: 'What webhooks are told, to catch up with: go on from `last_cursor`.',
    query: eventList,
    status: 200,
    answer: events,
    errors: ['bad_cursor'],
    run: ({ services, user, query }) => listEvents(services, user.id, query),
  }),
  userRoute({
    method: 'GET',
    path: '/user/deliveries',
    scope: 'manage',
    tag: 'Events',
    summary: 'What was sent where, newest first',
    description: 'With every attempt and its answer.',
    query: deliveryList,
    status: 200,
    answer: deliveries,
    errors: ['bad_cursor'],
    run: ({ services, user, query }) => listDeliveries(services, user.id, query),
  }),
  userRoute({
    method: 'POST',
    path: '/user/deliveries/{id}/retry',
    tag: 'Events',
    summary: 'Try a delivery again, now',
    description: 'Under the same event id, whatever became of it before.',
    params: ref,
    status: 202,
    answer: delivery,
    errors: ['not_found'],
    run: ({ services, user, params }) => retryDelivery(services, user.id, params),
  }),
];
