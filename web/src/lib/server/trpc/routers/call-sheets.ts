import { z } from 'zod';
import { callSheet, callSheetDetail, sheetAnswer } from '#domain/shapes/call-sheets.ts';
import * as sheets from '#lib/server/call-sheets/sheets.ts';
import * as inputs from '#lib/server/schemas/call-sheet-inputs.ts';
import { ref } from '#lib/server/schemas/inputs.ts';
import { router, userProcedure } from '../init.ts';

const managing = userProcedure.meta({ scope: 'manage' });

export const callSheetsRouter = router({
  /** Newest first, with the addresses of their pages. */
  list: managing.output(z.array(callSheet)).query(({ ctx }) => sheets.listCallSheets(ctx.services, ctx.user.id)),

  /** With its rentals and who can come to each. */
  get: managing
    .input(ref)
    .output(callSheetDetail)
    .query(({ ctx, input }) => sheets.readCallSheet(ctx.services, ctx.user.id, input.id)),

  /** What guests of all sheets said of one rental. */
  answersTo: managing
    .input(z.strictObject({ bookingId: ref.shape.id }))
    .output(z.array(sheetAnswer))
    .query(({ ctx, input }) => sheets.listAnswersForBooking(ctx.services, ctx.user.id, input.bookingId)),

  create: managing
    .input(inputs.newCallSheet)
    .output(callSheet)
    .mutation(({ ctx, input }) => sheets.createCallSheet(ctx.services, ctx.user.id, input)),

  /** What is left out stays as it is. */
  update: managing
    .input(inputs.callSheetChangeOf)
    .output(callSheet)
    .mutation(({ ctx, input: { id, ...given } }) => sheets.changeCallSheet(ctx.services, ctx.user.id, id, given)),

  /** Ends the link at once and keeps the answers. */
  revoke: managing
    .input(ref)
    .output(callSheet)
    .mutation(({ ctx, input }) => sheets.revokeCallSheet(ctx.services, ctx.user.id, input.id)),

  /** A new link; the old one opens nothing any more. */
  rotate: managing
    .input(ref)
    .output(callSheet)
    .mutation(({ ctx, input }) => sheets.rotateCallSheet(ctx.services, ctx.user.id, input.id)),

  remove: managing
    .input(ref)
    .output(z.void())
    .mutation(({ ctx, input }) => sheets.removeCallSheet(ctx.services, ctx.user.id, input.id)),

  /** With all that the guest answered. */
  removeGuest: managing
    .input(inputs.sheetGuestRef)
    .output(z.void())
    .mutation(({ ctx, input }) => sheets.removeSheetGuest(ctx.services, ctx.user.id, input)),
});
