import { z } from 'zod';
import { listBookings, listUpcoming } from '../../bookings/bookings.ts';
import { bookingList, upcomingList } from '../../schemas/inputs.ts';
import { bookingView } from '../../schemas/views.ts';
import { router, userProcedure } from '../init.ts';

export const bookingsRouter = router({
  /** Without filters all of them, past, canceled and removed included, newest start first. */
  list: userProcedure
    .input(bookingList.optional())
    .output(z.object({ bookings: z.array(bookingView), total: z.int(), nextCursor: z.string().nullable() }))
    .query(({ ctx, input }) => listBookings(ctx.services, ctx.user.id, input ?? bookingList.parse({}))),

  /** What is still to come or under way, next one first; without removed and canceled ones. */
  upcoming: userProcedure
    .input(upcomingList.optional())
    .output(z.array(bookingView))
    .query(({ ctx, input }) => listUpcoming(ctx.services, ctx.user.id, input ?? upcomingList.parse({}))),
});
