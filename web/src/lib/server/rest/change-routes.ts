/** The calls about what changed of rentals, and what of it the user knows. */
import { z } from 'zod';
import { changes, urgentChange } from '#domain/shapes/bookings.ts';
import { count } from '#domain/shapes/common.ts';
import { countUnseen, markSeen } from '../changes/change-groups.ts';
import { listChanges } from '../changes/changes.ts';
import { acknowledgeChanges, listUrgentChanges } from '../changes/urgent-changes.ts';
import { changeIds, seenUpTo } from '../schemas/booking-inputs.ts';
import { changeList } from '../schemas/inputs.ts';
import { queryFlag, withFlags } from './query-flags.ts';
import { userRoute } from './route.ts';

const urgent = z.object({ changes: z.array(urgentChange) }).meta({ id: 'UrgentChanges' });
const unseen = z.object({ count }).meta({ id: 'UnseenChanges' });
const { description } = changeList.shape.unseen.meta()!;

export const changeRoutes = [
  userRoute({
    method: 'GET',
    path: '/user/changes',
    tag: 'Changes',
    summary: 'What syncs found different, newest first',
    description: 'Of one rental or of one sync where asked.',
    query: changeList.extend({ unseen: queryFlag.optional().meta({ description }) }),
    status: 200,
    answer: changes,
    errors: ['bad_cursor'],
    run: ({ services, user, query }) => listChanges(services, user.id, withFlags(query, 'unseen')),
  }),
  userRoute({
    method: 'GET',
    path: '/user/changes/unseen',
    tag: 'Changes',
    summary: 'How many the user has not looked at',
    status: 200,
    answer: unseen,
    run: ({ services, user }) => countUnseen(services, user.id),
  }),
  userRoute({
    method: 'POST',
    path: '/user/changes/seen',
    tag: 'Changes',
    summary: 'Mark changes as looked at',
    description: 'All of them, or with `up_to` those found up to then, so that what came meanwhile stays new.',
    body: seenUpTo.meta({ id: 'ChangesSeen' }),
    status: 204,
    run: ({ services, user, body }) => markSeen(services, user.id, body.upTo),
  }),
  userRoute({
    method: 'GET',
    path: '/user/changes/urgent',
    tag: 'Changes',
    summary: 'Rentals of the next seven days that are lost or moved',
    description: 'The nearest first; until they are acknowledged, or looked at.',
    status: 200,
    answer: urgent,
    run: async ({ services, user }) => ({ changes: await listUrgentChanges(services, user.id) }),
  }),
  userRoute({
    method: 'POST',
    path: '/user/changes/acknowledge',
    tag: 'Changes',
    summary: 'Say that one knows of changes',
    description: 'With the `change_ids` of the urgent ones. What is not there, or somebody else’s, has no effect.',
    body: changeIds.meta({ id: 'AcknowledgedChanges' }),
    status: 204,
    run: ({ services, user, body }) => acknowledgeChanges(services, user.id, body.ids),
  }),
];
