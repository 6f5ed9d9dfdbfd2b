import { z } from 'zod';
import {
  assignment,
  group,
  groupBooking,
  groupBookings,
  groupDetail,
  newInvitation,
  offeredGroup,
} from '#domain/shapes/groups.ts';
import * as groups from '#lib/server/groups/groups.ts';
import * as members from '#lib/server/groups/members.ts';
import * as inputs from '#lib/server/schemas/group-inputs.ts';
import { ref, upcomingList } from '#lib/server/schemas/inputs.ts';
import { router, sessionProcedure, userProcedure } from '../init.ts';

export const groupsRouter = router({
  /** Own ones first, then those that others share. */
  list: userProcedure.output(z.array(group)).query(({ ctx }) => groups.listGroups(ctx.services, ctx.user.id)),

  /** Rules, members and invitations are for the owner. */
  get: userProcedure
    .input(ref)
    .output(groupDetail)
    .query(({ ctx, input }) => groups.readGroup(ctx.services, ctx.user.id, input.id)),

  create: userProcedure
    .input(inputs.groupRequest)
    .output(groupDetail)
    .mutation(({ ctx, input }) => groups.addGroup(ctx.services, ctx.user.id, input)),

  /** What is left out stays as it is. */
  update: userProcedure
    .input(inputs.groupChangeOf)
    .output(groupDetail)
    .mutation(({ ctx, input }) => groups.changeGroup(ctx.services, ctx.user.id, input)),

  remove: userProcedure
    .input(ref)
    .output(z.void())
    .mutation(({ ctx, input }) => groups.removeGroup(ctx.services, ctx.user.id, input.id)),

  /** Newest start first, where not asked otherwise; without prices for viewers. */
  bookings: userProcedure
    .input(inputs.groupBookingListOf)
    .output(groupBookings)
    .query(({ ctx, input }) => groups.listGroupBookings(ctx.services, ctx.user.id, input)),

  /** What others share and has not ended, next one first. */
  shared: userProcedure
    .input(upcomingList.optional())
    .output(z.array(groupBooking))
    .query(({ ctx, input }) => groups.listShared(ctx.services, ctx.user.id, input ?? upcomingList.parse({}))),

  /** The same, with what is canceled or gone of the next two weeks. */
  sharedWithLost: userProcedure
    .input(upcomingList.optional())
    .output(z.array(groupBooking))
    .query(({ ctx, input }) => groups.listSharedWithLost(ctx.services, ctx.user.id, input ?? upcomingList.parse({}))),

  /** Assigns at once what is in no group. */
  addRule: userProcedure
    .input(inputs.ruleRequestOf)
    .output(groupDetail)
    .mutation(({ ctx, input }) => groups.addRule(ctx.services, ctx.user.id, input)),

  removeRule: userProcedure
    .input(inputs.ruleRef)
    .output(z.void())
    .mutation(({ ctx, input }) => groups.removeRule(ctx.services, ctx.user.id, input)),

  /** Where one's own rental is. */
  assignment: userProcedure
    .input(ref)
    .output(assignment)
    .query(({ ctx, input }) => groups.readAssignment(ctx.services, ctx.user.id, input.id)),

  /** By hand; null: in no group, whatever rules say. */
  assign: userProcedure
    .input(inputs.assignmentRequestOf)
    .output(z.void())
    .mutation(({ ctx, input }) => groups.assign(ctx.services, ctx.user.id, input)),

  assignByRules: userProcedure
    .input(ref)
    .output(z.void())
    .mutation(({ ctx, input }) => groups.assignByRules(ctx.services, ctx.user.id, input.id)),

  invite: userProcedure
    .input(inputs.invitationRequestOf)
    .output(newInvitation)
    .mutation(({ ctx, input }) => members.invite(ctx.services, ctx.user, input)),

  revokeInvitation: userProcedure
    .input(inputs.invitationRef)
    .output(z.void())
    .mutation(({ ctx, input }) => members.revokeInvitation(ctx.services, ctx.user.id, input)),

  changeRole: userProcedure
    .input(inputs.roleChangeOf)
    .output(z.void())
    .mutation(({ ctx, input }) => members.changeRole(ctx.services, ctx.user.id, input)),

  /** By the owner, or by the member, who leaves. */
  removeMember: userProcedure
    .input(inputs.memberRef)
    .output(z.void())
    .mutation(({ ctx, input }) => members.removeMember(ctx.services, ctx.user.id, input)),

  /** What one is invited to. */
  offers: sessionProcedure.output(z.array(offeredGroup)).query(({ ctx }) => members.listOffers(ctx.services, ctx.user)),

  accept: sessionProcedure
    .input(z.union([inputs.invitationToken, ref]))
    .output(z.object({ groupId: ref.shape.id }))
    .mutation(({ ctx, input }) => members.acceptOffer(ctx.services, ctx.user, input)),

  decline: sessionProcedure
    .input(ref)
    .output(z.void())
    .mutation(({ ctx, input }) => members.declineOffer(ctx.services, ctx.user, input.id)),
});
