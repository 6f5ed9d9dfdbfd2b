import { settings, settingsChange } from '#domain/shapes/account.ts';
import { readSettings, updateSettings } from '#lib/server/account/settings.ts';
import { router, userProcedure } from '../init.ts';

/** When syncs happen by themselves. Pausing is `sync.pause` and `sync.resume`. */
export const settingsRouter = router({
  get: userProcedure.output(settings).query(({ ctx }) => readSettings(ctx.services, ctx.user.id)),

  /** What is left out stays as it is. The schedule follows at once. */
  update: userProcedure
    .input(settingsChange)
    .output(settings)
    .mutation(({ ctx, input }) => updateSettings(ctx.services, ctx.user.id, input)),
});
