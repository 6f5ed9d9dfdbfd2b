import { z } from 'zod';
import { accountExport, emailChanged, profile, session } from '#domain/shapes/account.ts';
import { deleteOwnAccount } from '#lib/server/account/delete-account.ts';
import { askToConfirmAgain, awaitsConfirmation } from '#lib/server/account/confirm-address.ts';
import { changeEmail, confirmEmail } from '#lib/server/account/email.ts';
import { exportAccount } from '#lib/server/account/export.ts';
import { changePassword, requestPasswordReset, resetPassword } from '#lib/server/account/passwords.ts';
import { readProfile } from '#lib/server/account/profile.ts';
import { listSessions, revokeOtherSessions, revokeSession } from '#lib/server/auth/sessions.ts';
import * as inputs from '#lib/server/schemas/account-inputs.ts';
import { ref } from '#lib/server/schemas/inputs.ts';
import { publicProcedure, router, sessionProcedure, userProcedure } from '../init.ts';

export const accountRouter = router({
  /** Who am I. */
  profile: userProcedure.output(profile).query(({ ctx }) => readProfile(ctx.services, ctx.session)),

  /** Where the user is signed in, last used first. */
  sessions: sessionProcedure.output(z.array(session)).query(({ ctx }) => listSessions(ctx.services, ctx.session)),

  /** Ends one session, at once and wherever it is. */
  revokeSession: sessionProcedure
    .input(ref)
    .output(z.void())
    .mutation(({ ctx, input }) => revokeSession(ctx.services, ctx.user.id, input.id)),

  /** Ends all sessions but the one that asks. */
  revokeOtherSessions: sessionProcedure
    .output(z.object({ revoked: z.int() }))
    .mutation(({ ctx }) => revokeOtherSessions(ctx.services, ctx.session)),

  /** Wants the present password. Ends all other sessions. */
  changePassword: sessionProcedure
    .input(inputs.passwordChange)
    .output(z.void())
    .mutation(({ ctx, input }) => changePassword(ctx.services, ctx.session, input)),

  /** Sends a link that works once and for an hour. The answer is the same whether there is such an account or not. */
  requestPasswordReset: publicProcedure
    .input(inputs.passwordResetRequest)
    .output(z.void())
    .mutation(({ ctx, input }) => requestPasswordReset(ctx.services, input, ctx.clientAddress)),

  /** With the token of that link. Ends all sessions. */
  resetPassword: publicProcedure
    .input(inputs.passwordReset)
    .output(z.void())
    .mutation(({ ctx, input }) => resetPassword(ctx.services, input, ctx.clientAddress)),

  /** Wants the password. Where mail can be sent, the new address has to be confirmed first. */
  changeEmail: sessionProcedure
    .input(inputs.emailChange)
    .output(emailChanged)
    .mutation(({ ctx, input }) => changeEmail(ctx.services, ctx.user, input)),

  /** True while a new account has not opened the link that went to its address; never where no mail is sent. */
  awaitsConfirmation: userProcedure
    .output(z.boolean())
    .query(({ ctx }) => awaitsConfirmation(ctx.services, ctx.user.id)),

  /** Sends that link once more; the one before then opens nothing. */
  sendConfirmation: sessionProcedure.output(z.void()).mutation(({ ctx }) => askToConfirmAgain(ctx.services, ctx.user)),

  /** With the token of the link that went to the address. */
  confirmEmail: publicProcedure
    .input(inputs.emailConfirmation)
    .output(z.object({ email: z.string() }))
    .mutation(({ ctx, input }) => confirmEmail(ctx.services, input, ctx.clientAddress)),

  /** Everything that is stored of the user, secrets excepted. */
  export: userProcedure
    .meta({ scope: 'manage' })
    .output(accountExport)
    .query(({ ctx }) => exportAccount(ctx.services, ctx.session)),

  /** The account and all its data, gone for good; every session of it ends. Wants the password. */
  delete: sessionProcedure
    .input(inputs.accountDeletion)
    .output(z.void())
    .mutation(({ ctx, input }) => deleteOwnAccount(ctx.services, ctx.user.id, input)),
});
