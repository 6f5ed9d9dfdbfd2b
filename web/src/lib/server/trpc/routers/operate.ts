import { z } from 'zod';
import { audit } from '#domain/shapes/audit.ts';
import { bulkOperation } from '#domain/shapes/bulk.ts';
import { bookings } from '#domain/shapes/bookings.ts';
import * as operate from '#domain/shapes/operate.ts';
import { jobLogs } from '#domain/shapes/sync.ts';
import { listAudit } from '#lib/server/audit/audit.ts';
import * as bulk from '#lib/server/operate/bulk.ts';
import { listFailurePages } from '#lib/server/operate/failure-pages.ts';
import { readHealth } from '#lib/server/operate/health.ts';
import * as users from '#lib/server/operate/users.ts';
import { ref } from '#lib/server/schemas/inputs.ts';
import * as inputs from '#lib/server/schemas/operate-inputs.ts';
import { operatorProcedure, router } from '../init.ts';

export const operateRouter = router({
  /** How many users stand where. */
  overview: operatorProcedure.output(operate.overview).query(({ ctx }) => users.readOverview(ctx.services)),

  /** The last 24 hours, hour by hour. */
  health: operatorProcedure.output(operate.health).query(({ ctx }) => readHealth(ctx.services)),

  users: operatorProcedure
    .input(inputs.userList)
    .output(operate.operatedUsers)
    .query(({ ctx, input }) => users.listUsers(ctx.services, ctx.session, input)),

  user: operatorProcedure
    .input(ref)
    .output(operate.operatedUserDetail)
    .query(({ ctx, input }) => users.readUserForOperator(ctx.services, ctx.session, input.id)),

  /** Writes the reason down first. */
  bookings: operatorProcedure
    .input(inputs.bookingsLookOf)
    .output(bookings)
    .mutation(({ ctx, input }) => users.lookAtBookings(ctx.services, ctx.session, input)),

  /** Of one sync, as its user sees it. Writes the reason down first. */
  jobLogs: operatorProcedure
    .input(inputs.logsLookOf)
    .output(jobLogs)
    .mutation(({ ctx, input }) => users.lookAtLogs(ctx.services, ctx.session, input)),

  /** What the portal showed when syncs failed, newest first. The pages themselves: `GET /operate/failure-pages/{id}/…`. */
  failurePages: operatorProcedure
    .input(inputs.failurePageList)
    .output(operate.failurePages)
    .query(({ ctx, input }) => listFailurePages(ctx.services, input)),

  /** Sends once more what was given up. */
  retryDeliveries: operatorProcedure
    .input(inputs.deliveriesRetryOf)
    .output(operate.retriedDeliveries)
    .mutation(({ ctx, input }) => users.retryDeliveries(ctx.services, ctx.session, input)),

  /** Scheduled syncs that are held back go on. */
  closeCircuit: operatorProcedure
    .input(inputs.deed)
    .output(operate.closedCircuit)
    .mutation(({ ctx, input }) => users.closeCircuit(ctx.services, ctx.session, input)),

  sync: operatorProcedure
    .input(inputs.deedOf)
    .output(operate.operatorSync)
    .mutation(({ ctx, input }) => users.syncUser(ctx.services, ctx.session, input)),

  pause: operatorProcedure
    .input(inputs.deedOf)
    .output(z.void())
    .mutation(({ ctx, input }) => users.pauseUser(ctx.services, ctx.session, input)),

  resume: operatorProcedure
    .input(inputs.deedOf)
    .output(z.void())
    .mutation(({ ctx, input }) => users.resumeUser(ctx.services, ctx.session, input)),

  /** As a dry run it says whom it would be about, and does nothing. */
  startBulk: operatorProcedure
    .input(inputs.bulkRequest)
    .output(bulkOperation)
    .mutation(({ ctx, input }) => bulk.requestBulk(ctx.services, ctx.session, input)),

  /** The last twenty, newest first. */
  bulks: operatorProcedure.output(z.array(bulkOperation)).query(({ ctx }) => bulk.listBulks(ctx.services)),

  bulk: operatorProcedure
    .input(ref)
    .output(bulkOperation)
    .query(({ ctx, input }) => bulk.readBulk(ctx.services, input.id)),

  /** Who is done stays done. */
  cancelBulk: operatorProcedure
    .input(ref)
    .output(z.void())
    .mutation(({ ctx, input }) => bulk.cancelBulk(ctx.services, ctx.session, input.id)),

  /** From those alone to whom it was done. */
  undoBulk: operatorProcedure
    .input(ref)
    .output(bulkOperation)
    .mutation(({ ctx, input }) => bulk.undoBulk(ctx.services, ctx.session, input.id)),

  /** Newest first. */
  audit: operatorProcedure
    .input(inputs.auditList)
    .output(audit)
    .query(({ ctx, input }) => listAudit(ctx.services, input)),
});
