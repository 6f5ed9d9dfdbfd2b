import { z } from 'zod';
import { portalAccount } from '#domain/shapes/account.ts';
import {
  readPortalAccount,
  removePortalAccount,
  savePortalAccount,
  tryPortalAccount,
} from '#lib/server/portal-account/portal-account.ts';
import { portalCredentials } from '#lib/server/schemas/inputs.ts';
import { router, userProcedure } from '../init.ts';

export const portalAccountRouter = router({
  /** The connected Gibney account, or null. */
  get: userProcedure.output(portalAccount.nullable()).query(({ ctx }) => readPortalAccount(ctx.services, ctx.user.id)),

  /** Stores the sign-in, sealed, and starts a sync with it. It is not tried first. */
  save: userProcedure
    .input(portalCredentials)
    .output(portalAccount)
    .mutation(({ ctx, input }) => savePortalAccount(ctx.services, ctx.user.id, input)),

  /** Starts a sync with a new sign-in, which takes the place of the stored one when Gibney accepts it. */
  try: userProcedure
    .input(portalCredentials)
    .output(portalAccount)
    .mutation(({ ctx, input }) => tryPortalAccount(ctx.services, ctx.user.id, input)),

  /** Forgets the sign-in. Bookings stay. */
  remove: userProcedure.output(z.void()).mutation(({ ctx }) => removePortalAccount(ctx.services, ctx.user.id)),
});
