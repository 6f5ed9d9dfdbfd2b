import { z } from 'zod';
import { calendarFeed, feedChoices, feedSettings } from '#domain/shapes/calendar.ts';
import { addFeed, changeFeed, listFeedChoices, listFeeds, revokeFeed, rotateFeed } from '#lib/server/calendar/feeds.ts';
import { feedChange, ref } from '#lib/server/schemas/inputs.ts';
import { router, userProcedure } from '../init.ts';

export const calendarRouter = router({
  /** The calendar feeds that can be subscribed to, the default one first. */
  list: userProcedure
    .meta({ scope: 'manage' })
    .output(z.array(calendarFeed))
    .query(({ ctx }) => listFeeds(ctx.services, ctx.user.id)),

  /** The studios, locations and statuses that a feed can be narrowed to. */
  choices: userProcedure.output(feedChoices).query(({ ctx }) => listFeedChoices(ctx.services, ctx.user.id)),

  create: userProcedure
    .input(feedSettings)
    .output(calendarFeed)
    .mutation(({ ctx, input }) => addFeed(ctx.services, ctx.user.id, input)),

  /** What is left out stays as it is. */
  update: userProcedure
    .input(feedChange)
    .output(calendarFeed)
    .mutation(({ ctx, input }) => changeFeed(ctx.services, ctx.user.id, input)),

  /** A new address; the old one opens nothing any more. */
  rotate: userProcedure
    .input(ref)
    .output(calendarFeed)
    .mutation(({ ctx, input }) => rotateFeed(ctx.services, ctx.user.id, input.id)),

  /** Closes the address for ever. */
  revoke: userProcedure.input(ref).mutation(({ ctx, input }) => revokeFeed(ctx.services, ctx.user.id, input.id)),
});
