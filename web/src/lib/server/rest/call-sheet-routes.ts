/** The calls about call sheets. */
import { z } from 'zod';
import { callSheet, callSheetDetail } from '#domain/shapes/call-sheets.ts';
import * as sheets from '../call-sheets/sheets.ts';
import { callSheetChange, newCallSheet } from '../schemas/call-sheet-inputs.ts';
import { ref } from '../schemas/inputs.ts';
import { userRoute } from './route.ts';

const list = z.object({ callSheets: z.array(callSheet) }).meta({ id: 'CallSheets' });
/** A path's parameters keep their names. */
const guestRef = z.object({ id: ref.shape.id, guest_id: ref.shape.id });
const tag = 'Call sheets';

export const callSheetRoutes = [
  userRoute({
    method: 'GET',
    path: '/call-sheets',
    scope: 'manage',
    tag,
    summary: 'The call sheets, newest first',
    description: 'With their addresses, which open them to whoever knows them.',
    status: 200,
    answer: list,
    run: async ({ services, user }) => ({ callSheets: await sheets.listCallSheets(services, user.id) }),
  }),
  userRoute({
    method: 'POST',
    path: '/call-sheets',
    tag,
    summary: 'Make a call sheet',
    description:
      'A page for guests without an account, under a secret address: when and where one rental or those of a period take place, and who can come. No prices. At most 100.',
    body: newCallSheet,
    status: 201,
    answer: callSheet,
    errors: ['not_found'],
    run: ({ services, user, body }) => sheets.createCallSheet(services, user.id, body),
  }),
  userRoute({
    method: 'GET',
    path: '/call-sheets/{id}',
    scope: 'manage',
    tag,
    summary: 'One call sheet with its rentals and answers',
    params: ref,
    status: 200,
    answer: callSheetDetail,
    errors: ['not_found'],
    run: ({ services, user, params }) => sheets.readCallSheet(services, user.id, params.id),
  }),
  userRoute({
    method: 'PATCH',
    path: '/call-sheets/{id}',
    tag,
    summary: 'Change what a call sheet says, or when its link ends',
    description: 'What is left out stays.',
    params: ref,
    body: callSheetChange,
    status: 200,
    answer: callSheet,
    errors: ['not_found'],
    run: ({ services, user, params, body }) => sheets.changeCallSheet(services, user.id, params.id, body),
  }),
  userRoute({
    method: 'POST',
    path: '/call-sheets/{id}/revoke',
    tag,
    summary: 'End the link of a call sheet at once',
    description: 'The answers stay.',
    params: ref,
    status: 200,
    answer: callSheet,
    errors: ['not_found'],
    run: ({ services, user, params }) => sheets.revokeCallSheet(services, user.id, params.id),
  }),
  userRoute({
    method: 'POST',
    path: '/call-sheets/{id}/rotate',
    tag,
    summary: 'Give a call sheet a new link',
    description:
      'The old one opens nothing any more. Also where the link was revoked. Where its time is over, the new one works for a week; where it follows the rentals, until a week after the last one.',
    params: ref,
    status: 200,
    answer: callSheet,
    errors: ['not_found'],
    run: ({ services, user, params }) => sheets.rotateCallSheet(services, user.id, params.id),
  }),
  userRoute({
    method: 'DELETE',
    path: '/call-sheets/{id}',
    tag,
    summary: 'Delete a call sheet with its answers',
    params: ref,
    status: 204,
    errors: ['not_found'],
    run: ({ services, user, params }) => sheets.removeCallSheet(services, user.id, params.id),
  }),
  userRoute({
    method: 'DELETE',
    path: '/call-sheets/{id}/guests/{guest_id}',
    tag,
    summary: 'Delete what a guest answered',
    params: guestRef,
    status: 204,
    errors: ['not_found'],
    run: ({ services, user, params }) =>
      sheets.removeSheetGuest(services, user.id, { id: params.id, guestId: params.guest_id }),
  }),
];
