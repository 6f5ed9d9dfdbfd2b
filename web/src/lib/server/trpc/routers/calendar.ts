import { z } from 'zod';
import { listFeeds } from '../../calendar/feeds.ts';
import { calendarFeedView } from '../../schemas/views.ts';
import { router, userProcedure } from '../init.ts';

export const calendarRouter = router({
  /** The calendar feeds that can be subscribed to, the default one first. */
  feeds: userProcedure.output(z.array(calendarFeedView)).query(({ ctx }) => listFeeds(ctx.services, ctx.user.id)),
});
