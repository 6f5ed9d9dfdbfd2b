/** What the calls about an account take and give, in snake_case. */
import { z } from 'zod';
import * as inputs from '../schemas/account-inputs.ts';
import { accountExport } from '../schemas/export.ts';
import { apiKeyView, newApiKeyView, sessionView, settingsView } from '../schemas/views.ts';
import { snakeShape } from './snake-shape.ts';

export const passwordChangeBody = z
  .object({
    current_password: inputs.passwordChange.shape.currentPassword,
    new_password: inputs.passwordChange.shape.newPassword,
  })
  .meta({ id: 'PasswordChange' });

export const accountDeletionBody = inputs.accountDeletion.meta({ id: 'AccountDeletion' });

export const resetRequestBody = inputs.passwordResetRequest.meta({ id: 'PasswordResetRequest' });

export const resetBody = z
  .object({ token: inputs.passwordReset.shape.token, new_password: inputs.passwordReset.shape.newPassword })
  .meta({ id: 'PasswordReset' });

export const emailChangeBody = z
  .object({ new_email: inputs.emailChange.shape.newEmail, password: inputs.emailChange.shape.password })
  .meta({ id: 'EmailChange' });

export const emailChanged = z
  .object({ status: z.enum(['changed', 'confirmation_sent']), email: z.string() })
  .meta({ id: 'EmailChanged' });

export const emailConfirmationBody = inputs.emailConfirmation.meta({ id: 'EmailConfirmation' });
export const emailConfirmed = z.object({ email: z.string() }).meta({ id: 'EmailConfirmed' });

export const sessions = z.object({ sessions: z.array(snakeShape(sessionView)) }).meta({ id: 'Sessions' });
export const revoked = z.object({ revoked: z.int().min(0) }).meta({ id: 'RevokedSessions' });
export const idParams = z.object({ id: z.uuid() });

export const apiKeys = z.object({ api_keys: z.array(snakeShape(apiKeyView)) }).meta({ id: 'ApiKeys' });
export const newApiKey = snakeShape(newApiKeyView).meta({ id: 'NewApiKey' });

export const apiKeyBody = z
  .object({
    name: inputs.newApiKey.shape.name,
    scopes: inputs.newApiKey.shape.scopes.meta({ description: 'Each scope includes the ones before it.' }),
    expires_in_days: inputs.newApiKey.shape.expiresInDays,
  })
  .meta({ id: 'ApiKeyRequest' });

export const settings = snakeShape(settingsView).meta({ id: 'Settings' });

const { intervalMinutes, quietFrom, quietTo, timeZone } = inputs.settingsFields.shape;
export const settingsBody = z
  .strictObject({ interval_minutes: intervalMinutes, quiet_from: quietFrom, quiet_to: quietTo, time_zone: timeZone })
  .meta({ id: 'SettingsChange', description: 'What is left out stays as it is.' });

export const exported = snakeShape(accountExport).meta({ id: 'AccountExport' });
