import { z } from 'zod';
import { changeEntry, changeGroup, changes, urgentChange } from '#domain/shapes/bookings.ts';
import { nextCursor } from '#domain/shapes/common.ts';
import { countUnseen, listChangeGroups, listJobChanges, markSeen } from '#lib/server/changes/change-groups.ts';
import { listChanges } from '#lib/server/changes/changes.ts';
import { acknowledgeChanges, listUrgentChanges } from '#lib/server/changes/urgent-changes.ts';
import { changeGroupList, changeIds, jobChangeList, seenUpTo } from '#lib/server/schemas/booking-inputs.ts';
import { changeList } from '#lib/server/schemas/inputs.ts';
import { router, userProcedure } from '../init.ts';

export const changesRouter = router({
  /** What syncs found different, newest first; of one booking or of one job where asked. */
  list: userProcedure
    .input(changeList.optional())
    .output(changes)
    .query(({ ctx, input }) => listChanges(ctx.services, ctx.user.id, input ?? changeList.parse({}))),

  /** The same, sync by sync, newest first, with the first changes of each. */
  groups: userProcedure
    .input(changeGroupList)
    .output(z.object({ groups: z.array(changeGroup), nextCursor }))
    .query(({ ctx, input }) => listChangeGroups(ctx.services, ctx.user.id, input)),

  /** All that one sync found: what was to come then, the nearest first, and what was past. */
  ofJob: userProcedure
    .input(jobChangeList)
    .output(z.object({ entries: z.array(changeEntry), nextCursor }))
    .query(({ ctx, input }) => listJobChanges(ctx.services, ctx.user.id, input)),

  /** How many the user has not looked at. */
  unseen: userProcedure.output(z.object({ count: z.int() })).query(({ ctx }) => countUnseen(ctx.services, ctx.user.id)),

  /** The user has looked at all of them, or at those found up to a time. */
  markSeen: userProcedure
    .input(seenUpTo.optional())
    .output(z.void())
    .mutation(({ ctx, input }) => markSeen(ctx.services, ctx.user.id, input?.upTo)),

  /** Rentals of the next days that are lost or moved, of which the user has not said that they know it. */
  urgent: userProcedure.output(z.array(urgentChange)).query(({ ctx }) => listUrgentChanges(ctx.services, ctx.user.id)),

  /** The user knows of these changes. */
  acknowledge: userProcedure
    .input(changeIds)
    .output(z.void())
    .mutation(({ ctx, input }) => acknowledgeChanges(ctx.services, ctx.user.id, input.ids)),
});
