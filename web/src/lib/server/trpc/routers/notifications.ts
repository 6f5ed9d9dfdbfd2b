import { z } from 'zod';
import { notifications, notificationsChange, notificationTest } from '#domain/shapes/notifications.ts';
import { readNotifications, testNotification, updateNotifications } from '#lib/server/notices/notices.ts';
import { router, userProcedure } from '../init.ts';

/** What is told by mail and push, and when. Webhooks and calendars have routers of their own. */
export const notificationsRouter = router({
  get: userProcedure.output(notifications).query(({ ctx }) => readNotifications(ctx.services, ctx.user.id)),

  /** What is left out stays as it is. */
  update: userProcedure
    .input(notificationsChange)
    .output(notifications)
    .mutation(({ ctx, input }) => updateNotifications(ctx.services, ctx.user.id, input)),

  /** Tried once, at once, and never counted. */
  test: userProcedure
    .input(notificationTest)
    .output(z.void())
    .mutation(({ ctx }) => testNotification(ctx.services, ctx.user.id)),
});
