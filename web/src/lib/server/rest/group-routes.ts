/** The calls about groups and who sees them. */
import { z } from 'zod';
import {
  assignment,
  groupBooking,
  groupBookings,
  groupDetail,
  groups as groupList,
  newInvitation,
} from '#domain/shapes/groups.ts';
import * as groups from '../groups/groups.ts';
import * as members from '../groups/members.ts';
import * as inputs from '../schemas/group-inputs.ts';
import { ref, upcomingList } from '../schemas/inputs.ts';
import { userRoute } from './route.ts';
import { queryFlag, withFlags } from './query-flags.ts';

/** A path's parameters keep their names. */
const ruleRef = z.object({ id: ref.shape.id, rule_id: ref.shape.id });
const invitationRef = z.object({ id: ref.shape.id, invitation_id: ref.shape.id });
const memberRef = z.object({ id: ref.shape.id, user_id: ref.shape.id });

const sharedBookings = z.object({ bookings: z.array(groupBooking) }).meta({ id: 'SharedBookings' });
const accepted = z.object({ groupId: ref.shape.id }).meta({ id: 'InvitationAccepted' });

const ownRoutes = [
  userRoute({
    method: 'GET',
    path: '/groups',
    tag: 'Groups',
    summary: 'The groups: own ones first, then those that others share',
    status: 200,
    answer: groupList,
    run: async ({ services, user }) => ({ groups: await groups.listGroups(services, user.id) }),
  }),
  userRoute({
    method: 'POST',
    path: '/groups',
    tag: 'Groups',
    summary: 'Make a group',
    description: 'A troupe, a project or whoever pays: rentals belong to one group at most.',
    body: inputs.groupRequest,
    status: 201,
    answer: groupDetail,
    run: ({ services, user, body }) => groups.addGroup(services, user.id, body),
  }),
  userRoute({
    method: 'GET',
    path: '/groups/{id}',
    tag: 'Groups',
    summary: 'One group',
    description: 'Rules, members and invitations are for the owner.',
    params: ref,
    status: 200,
    answer: groupDetail,
    errors: ['not_found'],
    run: ({ services, user, params }) => groups.readGroup(services, user.id, params.id),
  }),
  userRoute({
    method: 'PATCH',
    path: '/groups/{id}',
    tag: 'Groups',
    summary: 'Change a group',
    description: 'What is left out stays.',
    params: ref,
    body: inputs.groupChange,
    status: 200,
    answer: groupDetail,
    errors: ['not_found', 'owners_only'],
    run: ({ services, user, params, body }) => groups.changeGroup(services, user.id, { ...params, ...body }),
  }),
  userRoute({
    method: 'DELETE',
    path: '/groups/{id}',
    tag: 'Groups',
    summary: 'Delete a group',
    description: 'Its rentals stay, and its members no longer see them.',
    params: ref,
    status: 204,
    errors: ['not_found', 'owners_only'],
    run: ({ services, user, params }) => groups.removeGroup(services, user.id, params.id),
  }),
  userRoute({
    method: 'POST',
    path: '/groups/{id}/rules',
    tag: 'Groups',
    summary: 'Add a rule that assigns rentals to the group',
    description:
      'All that it says has to hold, in New York’s time. It assigns what is in no group, now and at each sync; the oldest rule wins.',
    params: ref,
    body: inputs.ruleRequest,
    status: 201,
    answer: groupDetail,
    errors: ['not_found', 'owners_only'],
    run: ({ services, user, params, body }) => groups.addRule(services, user.id, { ...params, ...body }),
  }),
  userRoute({
    method: 'DELETE',
    path: '/groups/{id}/rules/{rule_id}',
    tag: 'Groups',
    summary: 'Delete a rule',
    description: 'What it assigned is open to the other rules.',
    params: ruleRef,
    status: 204,
    errors: ['not_found', 'owners_only'],
    run: ({ services, user, params: { id, rule_id: ruleId } }) => groups.removeRule(services, user.id, { id, ruleId }),
  }),
];

const peopleRoutes = [
  userRoute({
    method: 'POST',
    path: '/groups/{id}/invitations',
    tag: 'Groups',
    summary: 'Invite somebody by mail',
    description: 'In place of an earlier invitation to the same address. It is good for two weeks.',
    params: ref,
    body: inputs.invitationRequest,
    status: 201,
    answer: newInvitation,
    errors: ['not_found', 'owners_only', 'email_unconfirmed', 'rate_limited', 'unavailable'],
    run: ({ services, user, params, body }) => members.invite(services, user, { ...params, ...body }),
  }),
  userRoute({
    method: 'DELETE',
    path: '/groups/{id}/invitations/{invitation_id}',
    tag: 'Groups',
    summary: 'Take an invitation back',
    params: invitationRef,
    status: 204,
    errors: ['not_found', 'owners_only'],
    run: ({ services, user, params: { id, invitation_id: invitationId } }) =>
      members.revokeInvitation(services, user.id, { id, invitationId }),
  }),
  userRoute({
    method: 'PUT',
    path: '/groups/{id}/members/{user_id}',
    tag: 'Groups',
    summary: 'Change a member’s role',
    params: memberRef,
    body: inputs.roleChange,
    status: 204,
    errors: ['not_found', 'owners_only'],
    run: ({ services, user, params: { id, user_id: userId }, body }) =>
      members.changeRole(services, user.id, { id, userId, ...body }),
  }),
  userRoute({
    method: 'DELETE',
    path: '/groups/{id}/members/{user_id}',
    tag: 'Groups',
    summary: 'Remove a member, or leave the group',
    params: memberRef,
    status: 204,
    errors: ['not_found', 'owners_only'],
    run: ({ services, user, params: { id, user_id: userId } }) =>
      members.removeMember(services, user.id, { id, userId }),
  }),
  userRoute({
    method: 'POST',
    path: '/user/invitations/accept',
    scope: 'session',
    tag: 'Groups',
    summary: 'Accept an invitation with the token of its link',
    description: 'Only for the account with the address that it was sent to.',
    body: inputs.invitationToken,
    status: 200,
    answer: accepted,
    errors: ['invalid_link', 'wrong_account', 'email_unconfirmed'],
    run: ({ services, user, body }) => members.acceptOffer(services, user, body),
  }),
];

const { description: soonestFirst } = inputs.groupBookingList.shape.soonestFirst.meta()!;

const rentalRoutes = [
  userRoute({
    method: 'GET',
    path: '/groups/{id}/bookings',
    tag: 'Groups',
    summary: 'A group’s rentals, newest start first, or the soonest',
    description: 'For the owner and the members; `price_cents` is null for viewers.',
    params: ref,
    query: inputs.groupBookingList.extend({ soonestFirst: queryFlag.optional().meta({ description: soonestFirst }) }),
    status: 200,
    answer: groupBookings,
    errors: ['not_found', 'bad_cursor'],
    run: ({ services, user, params, query }) =>
      groups.listGroupBookings(services, user.id, { ...params, ...withFlags(query, 'soonestFirst') }),
  }),
  userRoute({
    method: 'GET',
    path: '/user/bookings/shared',
    tag: 'Groups',
    summary: 'The rentals to come that others share, next one first',
    query: upcomingList,
    status: 200,
    answer: sharedBookings,
    run: async ({ services, user, query }) => ({ bookings: await groups.listShared(services, user.id, query) }),
  }),
  userRoute({
    method: 'GET',
    path: '/user/bookings/{id}/group',
    tag: 'Groups',
    summary: 'The group of a rental',
    params: ref,
    status: 200,
    answer: assignment,
    errors: ['not_found'],
    run: ({ services, user, params }) => groups.readAssignment(services, user.id, params.id),
  }),
  userRoute({
    method: 'PUT',
    path: '/user/bookings/{id}/group',
    tag: 'Groups',
    summary: 'Put a rental into a group, or into none',
    description: 'By hand: no rule changes it. Editors do so with rentals of their groups.',
    params: ref,
    body: inputs.assignmentRequest,
    status: 204,
    errors: ['not_found'],
    run: ({ services, user, params, body }) => groups.assign(services, user.id, { ...params, ...body }),
  }),
  userRoute({
    method: 'DELETE',
    path: '/user/bookings/{id}/group',
    tag: 'Groups',
    summary: 'Leave the group of a rental to the rules',
    params: ref,
    status: 204,
    errors: ['not_found'],
    run: ({ services, user, params }) => groups.assignByRules(services, user.id, params.id),
  }),
];

export const groupRoutes = [...ownRoutes, ...peopleRoutes, ...rentalRoutes];
