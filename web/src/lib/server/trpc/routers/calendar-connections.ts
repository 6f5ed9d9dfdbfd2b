import { z } from 'zod';
import {
  appPassword,
  bookingInCalendar,
  busyChoice,
  calendarChoice,
  calendarConnection,
  calendarLogin,
  foundCalendar,
  newCalendarConnection,
} from '#domain/shapes/calendar-connections.ts';
import {
  connectCalendar,
  disconnectCalendar,
  findTheirCalendars,
  listCalendarConnections,
  listInCalendars,
  listOtherCalendars,
  openSetup,
  retryConnection,
  watchCalendars,
} from '#lib/server/calendar/connections.ts';
import { ref } from '#lib/server/schemas/inputs.ts';
import { router, userProcedure } from '../init.ts';

const chosen = z.strictObject({ setup: z.string().max(10_000), ...calendarChoice.shape });

export const calendarConnectionsRouter = router({
  list: userProcedure
    .output(z.array(calendarConnection))
    .query(({ ctx }) => listCalendarConnections(ctx.services, ctx.user.id)),

  /** How one rental, by its id, stands in each of them. */
  ofBooking: userProcedure
    .input(ref)
    .output(z.array(bookingInCalendar))
    .query(({ ctx, input }) => listInCalendars(ctx.services, ctx.user.id, input.id)),

  /** Tries a login. The answer's `setup` stands for it in `choose`, for a quarter of an hour. */
  find: userProcedure
    .input(calendarLogin)
    .output(z.object({ setup: z.string(), calendars: z.array(foundCalendar) }))
    .mutation(({ ctx, input }) => findTheirCalendars(ctx.services, ctx.user.id, input)),

  choose: userProcedure
    .input(chosen)
    .output(calendarConnection)
    .mutation(({ ctx, input: { setup, ...choice } }) => {
      const login = openSetup(ctx.services, ctx.user.id, setup);
      return connectCalendar(ctx.services, ctx.user.id, { kind: 'caldav', ...login, ...choice });
    }),

  /** Both steps at once. */
  create: userProcedure
    .input(newCalendarConnection)
    .output(calendarConnection)
    .mutation(({ ctx, input }) => connectCalendar(ctx.services, ctx.user.id, input)),

  /** Another try, now, with a new app password where one is given. */
  retry: userProcedure
    .input(ref.extend({ password: appPassword.optional() }))
    .output(calendarConnection)
    .mutation(({ ctx, input }) => retryConnection(ctx.services, ctx.user.id, input)),

  /** The other calendars of the account, asked for there now. */
  others: userProcedure
    .input(ref)
    .output(z.array(foundCalendar))
    .mutation(({ ctx, input }) => listOtherCalendars(ctx.services, ctx.user.id, input.id)),

  /** Which of them say when the person has something else. */
  watch: userProcedure
    .input(busyChoice.extend(ref.shape))
    .output(calendarConnection)
    .mutation(({ ctx, input }) => watchCalendars(ctx.services, ctx.user.id, input)),

  disconnect: userProcedure
    .input(ref.extend({ keepEvents: z.boolean().default(false) }))
    .mutation(({ ctx, input }) => disconnectCalendar(ctx.services, ctx.user.id, input)),
});
