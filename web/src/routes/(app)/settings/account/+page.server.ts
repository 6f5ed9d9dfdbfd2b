import { redirect } from '@sveltejs/kit';
import { submitted, textsOf } from '#lib/server/pages/page.ts';
import { ApiError } from '#lib/server/errors.ts';
import type { RecoveryCodesView, TwoFactorSetupView } from '#domain/shapes/account.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
  const { account } = event.locals.api;
  const [profile, awaitsConfirmation, twoFactor] = await Promise.all([
    account.profile(),
    account.awaitsConfirmation(),
    event.locals.api.twoFactor.get(),
  ]);
  return { profile, awaitsConfirmation, twoFactor };
};

export const actions: Actions = {
  email: async (event) => {
    const given = await textsOf(event.request, 'newEmail', 'password');
    let status = '';
    const refused = await submitted('email', { newEmail: given.newEmail }, async () => {
      ({ status } = await event.locals.api.account.changeEmail(given));
    });
    return refused ?? { done: status === 'changed' ? 'email' : 'email-sent' };
  },
  confirmation: async (event) => {
    const refused = await submitted('confirmation', {}, () => event.locals.api.account.sendConfirmation());
    return refused ?? { done: 'confirmation' };
  },
  password: async (event) => {
    const given = await textsOf(event.request, 'currentPassword', 'newPassword');
    const refused = await submitted('password', {}, () => event.locals.api.account.changePassword(given));
    return refused ?? { done: 'password' };
  },
  twoFactorBegin: async (event) => {
    const given = await textsOf(event.request, 'password');
    let setup: TwoFactorSetupView | null = null;
    const refused = await submitted('two-factor-begin', {}, async () => {
      setup = await event.locals.api.twoFactor.begin(given);
    });
    return refused ?? { done: 'two-factor-begin', setup: setup as TwoFactorSetupView | null };
  },
  twoFactorEnable: async (event) => {
    const given = await textsOf(event.request, 'code');
    return withCodes('two-factor-enable', () => event.locals.api.twoFactor.enable(given));
  },
  recoveryCodes: async (event) => {
    const given = await textsOf(event.request, 'password');
    return withCodes('recovery-codes', () => event.locals.api.twoFactor.renewRecoveryCodes(given));
  },
  twoFactorDisable: async (event) => {
    const given = await textsOf(event.request, 'password');
    const refused = await submitted('two-factor-disable', {}, () => event.locals.api.twoFactor.disable(given));
    return refused ?? { done: 'two-factor-disable' };
  },
  deleteAccount: async (event) => {
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

/** Recovery codes are in this answer and in no other. */
async function withCodes(form: string, work: () => Promise<RecoveryCodesView>) {
  let codes: string[] = [];
  const refused = await submitted(form, {}, async () => {
    codes = (await work()).recoveryCodes;
  });
  return refused ?? { done: form, recoveryCodes: codes };
}
