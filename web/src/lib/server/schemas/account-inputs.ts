/** What comes in about an account, its sessions, keys and settings, for tRPC, REST and forms alike. */
import { z } from 'zod';
import { apiKeyScope, ownScope } from '#domain/shapes/account.ts';
import { nameOf } from '#domain/shapes/common.ts';
import { code, email, newPassword } from './inputs.ts';

const password = z.string('Give your password.').min(1, 'Give your password.').max(1024, 'This password is too long.');
const token = z
  .string('The link is not complete.')
  .min(1, 'The link is not complete.')
  .max(200, 'The link is not one of ours.');

export const passwordChange = z.strictObject({ currentPassword: password, newPassword }).meta({ id: 'PasswordChange' });
export const passwordResetRequest = z.strictObject({ email }).meta({ id: 'PasswordResetRequest' });
export const passwordReset = z.strictObject({ token, newPassword }).meta({ id: 'PasswordReset' });
export const emailChange = z.strictObject({ newEmail: email, password }).meta({ id: 'EmailChange' });
export const emailConfirmation = z.strictObject({ token }).meta({ id: 'EmailConfirmation' });
export const accountDeletion = z.strictObject({ password }).meta({ id: 'AccountDeletion' });
export const passwordOnly = z.strictObject({ password });
export const twoFactorCode = z.strictObject({ code });

/** Strangers name their programs: without what is not seen, or turns around what stands beside it. */
const programLetters = /^[^\p{Cc}\p{Cf}]*$/u;

export const deviceLoginRequest = z
  .strictObject({
    clientName: nameOf('program', programLetters)
      .optional()
      .meta({ description: 'What the user is shown, and the key’s name.' }),
    scope: ownScope.optional().meta({ description: 'Each includes the ones before it; left out: `read`.' }),
  })
  .meta({ id: 'DeviceLoginRequest' });
export const deviceTokenRequest = z
  .strictObject({
    deviceCode: z.string('Give the device code.').min(1, 'Give the device code.').max(200, 'This is no code.'),
  })
  .meta({ id: 'DeviceTokenRequest' });
export const userCode = z
  .string('Give the code.')
  .trim()
  .min(1, 'Give the code.')
  .max(40, 'A code is shorter than that.');

export const apiKeyRequest = z
  .strictObject({
    name: nameOf('key'),
    scopes: z
      .array(apiKeyScope, 'Give a list of scopes.')
      .min(1, 'Choose what the key may do.')
      .max(4, 'At most 4 scopes.')
      .meta({
        description:
          '`manage` includes `sync`, and `sync` includes `read`. `operate` opens the calls of operators and nothing else; only they can make such a key.',
      }),
    /** Null or left out: until it is revoked. */
    expiresInDays: z
      .int('Give whole days from 1 to 365.')
      .min(1, 'Give whole days from 1 to 365.')
      .max(365, 'Give whole days from 1 to 365.')
      .nullish(),
  })
  .meta({ id: 'ApiKeyRequest' });
