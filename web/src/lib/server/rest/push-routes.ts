/** The calls about devices that are told by push. */
import { pushEndpoint, pushRequest, pushSubscription, pushSubscriptions } from '#domain/shapes/push.ts';
import { addDevice, listDevices, removeDevice, removeDeviceAt, testDevice } from '../push/push-devices.ts';
import { ref } from '../schemas/inputs.ts';
import { userRoute } from './route.ts';

const path = '/user/push-subscriptions';
const tag = 'Notifications';

export const pushRoutes = [
  userRoute({
    method: 'GET',
    path,
    tag,
    summary: 'The devices that are told by push, oldest first',
    description: 'With the key that a browser subscribes for.',
    status: 200,
    answer: pushSubscriptions,
    run: ({ services, session }) => listDevices(services, session),
  }),
  userRoute({
    method: 'POST',
    path,
    tag,
    summary: 'Tell a device by push',
    description:
      'What `PushManager.subscribe` gave. The same endpoint again renews it; one of another user goes to whoever has its keys. At most 20.',
    body: pushRequest,
    status: 201,
    answer: pushSubscription,
    errors: ['not_found'],
    run: ({ services, session, body, headers }) => addDevice(services, session, body, headers.get('user-agent')),
  }),
  userRoute({
    method: 'DELETE',
    path,
    tag,
    summary: 'Tell a device no more, by its endpoint',
    description: 'With its log.',
    body: pushEndpoint,
    status: 204,
    errors: ['not_found'],
    run: ({ services, user, body }) => removeDeviceAt(services, user.id, body.endpoint),
  }),
  userRoute({
    method: 'DELETE',
    path: `${path}/{id}`,
    tag,
    summary: 'Tell a device no more',
    description: 'With its log.',
    params: ref,
    status: 204,
    errors: ['not_found'],
    run: ({ services, user, params }) => removeDevice(services, user.id, params.id),
  }),
  userRoute({
    method: 'POST',
    path: `${path}/{id}/test`,
    tag,
    summary: 'Send a test to a device',
    description: 'It goes the way of all others, at once, is tried once, and never counts as a failure.',
    params: ref,
    status: 202,
    errors: ['not_found'],
    run: ({ services, user, params }) => testDevice(services, user.id, params.id),
  }),
];
