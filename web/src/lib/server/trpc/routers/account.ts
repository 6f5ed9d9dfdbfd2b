import { z } from 'zod';
import { readProfile } from '../../account/profile.ts';
import { deleteAccount } from '../../account/delete-account.ts';
import { profileView } from '../../schemas/views.ts';
import { router, userProcedure } from '../init.ts';

export const accountRouter = router({
  /** Who am I. */
  profile: userProcedure.output(profileView).query(({ ctx }) => readProfile(ctx.services, ctx.user)),

  /** The account and all its data, gone for good; every session of it ends. */
  delete: userProcedure.output(z.void()).mutation(({ ctx }) => deleteAccount(ctx.services, ctx.user.id)),
});
