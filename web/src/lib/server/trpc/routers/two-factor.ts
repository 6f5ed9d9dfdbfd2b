import { z } from 'zod';
import { recoveryCodes, twoFactor, twoFactorSetup } from '#domain/shapes/account.ts';
import {
  beginTwoFactor,
  disableTwoFactor,
  enableTwoFactor,
  readTwoFactor,
  renewRecoveryCodes,
} from '#lib/server/account/two-factor.ts';
import { passwordOnly, twoFactorCode } from '#lib/server/schemas/account-inputs.ts';
import { router, sessionProcedure } from '../init.ts';

export const twoFactorRouter = router({
  /** Whether a code is asked for beside the password. */
  get: sessionProcedure.output(twoFactor).query(({ ctx }) => readTwoFactor(ctx.services, ctx.user.id)),

  /** A secret for an authenticator app, which counts once `enable` has had a code of it. */
  begin: sessionProcedure
    .input(passwordOnly)
    .output(twoFactorSetup)
    .mutation(({ ctx, input }) => beginTwoFactor(ctx.services, ctx.user, input)),

  /** The answer holds the recovery codes, this once. */
  enable: sessionProcedure
    .input(twoFactorCode)
    .output(recoveryCodes)
    .mutation(({ ctx, input }) => enableTwoFactor(ctx.services, ctx.user, input)),

  /** New recovery codes; the ones before open nothing any more. */
  renewRecoveryCodes: sessionProcedure
    .input(passwordOnly)
    .output(recoveryCodes)
    .mutation(({ ctx, input }) => renewRecoveryCodes(ctx.services, ctx.user, input)),

  disable: sessionProcedure
    .input(passwordOnly)
    .output(z.void())
    .mutation(({ ctx, input }) => disableTwoFactor(ctx.services, ctx.user, input)),
});
