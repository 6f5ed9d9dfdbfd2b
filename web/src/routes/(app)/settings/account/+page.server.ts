import { redirect } from '@sveltejs/kit';
import { submitted, textsOf, userOf } from '#lib/server/pages/page.ts';
import { ApiError } from '#lib/server/errors.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
  userOf(event);
  const { account } = event.locals.api;
  const [profile, awaitsConfirmation] = await Promise.all([account.profile(), account.awaitsConfirmation()]);
  return { profile, awaitsConfirmation };
};

export const actions: Actions = {
  email: async (event) => {
    userOf(event);
    const given = await textsOf(event.request, 'newEmail', 'password');
    let status = '';
    const refused = await submitted('email', { newEmail: given.newEmail }, async () => {
      ({ status } = await event.locals.api.account.changeEmail(given));
    });
    return refused ?? { done: status === 'changed' ? 'email' : 'email-sent' };
  },
  confirmation: async (event) => {
    userOf(event);
    const refused = await submitted('confirmation', {}, () => event.locals.api.account.sendConfirmation());
    return refused ?? { done: 'confirmation' };
  },
  password: async (event) => {
    userOf(event);
    const given = await textsOf(event.request, 'currentPassword', 'newPassword');
    const refused = await submitted('password', {}, () => event.locals.api.account.changePassword(given));
    return refused ?? { done: 'password' };
  },
  deleteAccount: async (event) => {
    userOf(event);
    const given = await textsOf(event.request, 'password', 'sure');
    const refused = await submitted('delete', {}, async () => {
      if (given.sure !== 'on')
        throw new ApiError('validation_failed', 'Check the box to confirm that everything is to be deleted.');
      await event.locals.api.account.delete({ password: given.password });
    });
    if (refused) return refused;
    redirect(303, '/?gone');
  },
};
