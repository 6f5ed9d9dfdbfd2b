import { z } from 'zod';
import { deviceLogin } from '#domain/shapes/account.ts';
import { answerDeviceLogin, findDeviceLogin } from '#lib/server/auth/device-logins.ts';
import { userCode } from '#lib/server/schemas/account-inputs.ts';
import { router, sessionProcedure } from '../init.ts';

const byCode = z.strictObject({ code: userCode });

/** Programs that wait for their user to confirm a code. */
export const deviceLoginsRouter = router({
  find: sessionProcedure
    .input(byCode)
    .output(deviceLogin)
    .query(({ ctx, input }) => findDeviceLogin(ctx.services, ctx.user.id, input.code)),

  /** It gets an API key, once. */
  approve: sessionProcedure
    .input(byCode)
    .output(z.void())
    .mutation(({ ctx, input }) => answerDeviceLogin(ctx.services, ctx.user.id, input.code, 'approved')),

  deny: sessionProcedure
    .input(byCode)
    .output(z.void())
    .mutation(({ ctx, input }) => answerDeviceLogin(ctx.services, ctx.user.id, input.code, 'denied')),
});
