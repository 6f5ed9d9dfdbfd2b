import { z } from 'zod';
import {
  booking,
  bookingCounts,
  bookingDetail,
  clash,
  bookings,
  bookingTotals,
  overlap,
  rememberedBookings,
} from '#domain/shapes/bookings.ts';
import { listBookings, listUpcoming } from '#lib/server/bookings/bookings.ts';
import {
  bookingsInSpan,
  countBookings,
  listBusy,
  listOverlaps,
  pageOfBookings,
  readBookingDetail,
  totalsOfYear,
} from '#lib/server/bookings/overview.ts';
import { rentalsAsOf } from '#lib/server/bookings/time-machine.ts';
import { bookingCount, bookingPage, bookingSpan, bookingYear, pastMoment } from '#lib/server/schemas/booking-inputs.ts';
import { bookingList, ref, upcomingList } from '#lib/server/schemas/inputs.ts';
import { router, userProcedure } from '../init.ts';

export const bookingsRouter = router({
  /** Without filters all of them, past, canceled and removed included, newest start first. */
  list: userProcedure
    .input(bookingList.optional())
    .output(bookings)
    .query(({ ctx, input }) => listBookings(ctx.services, ctx.user.id, input ?? bookingList.parse({}))),

  /** What is still to come or under way, next one first; without removed and canceled ones. */
  upcoming: userProcedure
    .input(upcomingList.optional())
    .output(z.array(booking))
    .query(({ ctx, input }) => listUpcoming(ctx.services, ctx.user.id, input ?? upcomingList.parse({}))),

  /** Coming ones, soonest first, or past ones, newest first; canceled and removed ones where asked for, or all that is `over`. */
  page: userProcedure
    .input(bookingPage)
    .output(bookings)
    .query(({ ctx, input }) => pageOfBookings(ctx.services, ctx.user.id, input)),

  /** What takes place in a span of the calendar, by start. */
  span: userProcedure
    .input(bookingSpan)
    .output(z.array(booking))
    .query(({ ctx, input }) => bookingsInSpan(ctx.services, ctx.user.id, input)),

  /** How many are to come, past, and canceled or gone. */
  counts: userProcedure
    .input(bookingCount)
    .output(bookingCounts)
    .query(({ ctx, input }) => countBookings(ctx.services, ctx.user.id, input)),

  /** Hours and spend of one year, by month and by studio. */
  totals: userProcedure
    .input(bookingYear)
    .output(bookingTotals)
    .query(({ ctx, input }) => totalsOfYear(ctx.services, ctx.user.id, input)),

  /** Coming rentals that are at the same time. */
  overlaps: userProcedure.output(z.array(overlap)).query(({ ctx }) => listOverlaps(ctx.services, ctx.user.id)),

  /** When the person has something else during coming ones, by calendars of theirs. */
  busy: userProcedure.output(z.array(clash)).query(({ ctx }) => listBusy(ctx.services, ctx.user.id)),

  /** As they were known at a past moment. */
  asOf: userProcedure
    .input(pastMoment)
    .output(rememberedBookings)
    .query(({ ctx, input }) => rentalsAsOf(ctx.services, ctx.user.id, input)),

  get: userProcedure
    .input(ref)
    .output(bookingDetail)
    .query(({ ctx, input }) => readBookingDetail(ctx.services, ctx.user.id, input.id)),
});
