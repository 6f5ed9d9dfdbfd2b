/** The calls of operators. */
import { audit } from '#domain/shapes/audit.ts';
import { bookings } from '#domain/shapes/bookings.ts';
import * as operate from '#domain/shapes/operate.ts';
import { listAudit } from '../audit/audit.ts';
import * as users from '../operate/users.ts';
import { ref } from '../schemas/inputs.ts';
import * as inputs from '../schemas/operate-inputs.ts';
import { userRoute } from './route.ts';

const ofOperators = { scope: 'operator', tag: 'Operators' } as const;

export const operateRoutes = [
  userRoute({
    ...ofOperators,
    method: 'GET',
    path: '/operate/overview',
    summary: 'How many users stand where, and whether the portal is held to be down',
    status: 200,
    answer: operate.overview,
    run: ({ services }) => users.readOverview(services),
  }),
  userRoute({
    ...ofOperators,
    method: 'GET',
    path: '/operate/users',
    summary: 'The users, by state and by what their last sync failed as',
    query: inputs.userList,
    status: 200,
    answer: operate.operatedUsers,
    errors: ['bad_cursor'],
    run: ({ services, session, query }) => users.listUsers(services, session, query),
  }),
  userRoute({
    ...ofOperators,
    method: 'GET',
    path: '/operate/users/{id}',
    summary: 'One user: state, last syncs, what cannot be delivered',
    params: ref,
    status: 200,
    answer: operate.operatedUserDetail,
    errors: ['not_found'],
    run: ({ services, session, params }) => users.readUserForOperator(services, session, params.id),
  }),
  userRoute({
    ...ofOperators,
    method: 'POST',
    path: '/operate/users/{id}/bookings',
    summary: 'A user’s bookings, once the reason is written down',
    params: ref,
    body: inputs.bookingsLook,
    status: 200,
    answer: bookings,
    errors: ['not_found', 'bad_cursor'],
    run: ({ services, session, params, body }) => users.lookAtBookings(services, session, { ...params, ...body }),
  }),
  userRoute({
    ...ofOperators,
    method: 'POST',
    path: '/operate/users/{id}/sync',
    summary: 'Sync a user now',
    params: ref,
    body: inputs.deed,
    status: 202,
    answer: operate.operatorSync,
    errors: [
      ...(['not_found', 'no_credentials', 'invalid_credentials', 'account_locked', 'verification_required'] as const),
      ...(['action_required', 'paused', 'temporal_unavailable'] as const),
    ],
    run: ({ services, session, params, body }) => users.syncUser(services, session, { ...params, ...body }),
  }),
  userRoute({
    ...ofOperators,
    method: 'POST',
    path: '/operate/users/{id}/pause',
    summary: 'Pause a user’s syncs',
    params: ref,
    body: inputs.deed,
    status: 204,
    errors: ['not_found', 'temporal_unavailable'],
    run: ({ services, session, params, body }) => users.pauseUser(services, session, { ...params, ...body }),
  }),
  userRoute({
    ...ofOperators,
    method: 'POST',
    path: '/operate/users/{id}/resume',
    summary: 'Resume a user’s syncs',
    params: ref,
    body: inputs.deed,
    status: 204,
    errors: ['not_found', 'temporal_unavailable'],
    run: ({ services, session, params, body }) => users.resumeUser(services, session, { ...params, ...body }),
  }),
  userRoute({
    ...ofOperators,
    method: 'GET',
    path: '/operate/audit',
    summary: 'What operators and API keys did, newest first',
    query: inputs.auditList,
    status: 200,
    answer: audit,
    errors: ['bad_cursor'],
    run: ({ services, query }) => listAudit(services, query),
  }),
];
