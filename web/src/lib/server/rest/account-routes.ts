/** The calls about passwords, sessions, keys and settings. */
import { changeEmail, confirmEmail } from '../account/email.ts';
import { exportAccount } from '../account/export.ts';
import { changePassword, requestPasswordReset, resetPassword } from '../account/passwords.ts';
import { readSettings, updateSettings } from '../account/settings.ts';
import { createApiKey, listApiKeys, revokeApiKey } from '../auth/api-keys.ts';
import { listSessions, revokeOtherSessions, revokeSession } from '../auth/sessions.ts';
import { ApiError } from '../errors.ts';
import { settingsChange } from '../schemas/account-inputs.ts';
import { fieldErrors } from '../schemas/field-errors.ts';
import * as schemas from './account-schemas.ts';
import { publicRoute, userRoute } from './route.ts';
import { snakeCase } from './snake-case.ts';

const passwordRoutes = [
  publicRoute({
    method: 'POST',
    path: '/auth/password-reset',
    tag: 'Account',
    summary: 'Ask for a link to choose a new password',
    description: 'The answer is the same whether there is such an account or not.',
    body: schemas.resetRequestBody,
    status: 202,
    run: ({ services, body, clientAddress }) => requestPasswordReset(services, body, clientAddress),
  }),
  publicRoute({
    method: 'PUT',
    path: '/auth/password-reset',
    tag: 'Account',
    summary: 'Choose a new password with the token of the link',
    description: 'The token works once and for an hour. Ends all sessions.',
    body: schemas.resetBody,
    status: 204,
    errors: ['invalid_link'],
    run: ({ services, body, clientAddress }) =>
      resetPassword(services, { token: body.token, newPassword: body.new_password }, clientAddress),
  }),
  userRoute({
    method: 'PUT',
    path: '/user/password',
    scope: 'session',
    tag: 'Account',
    summary: 'Change the password',
    description: 'Ends all other sessions.',
    body: schemas.passwordChangeBody,
    status: 204,
    errors: ['wrong_password'],
    run: ({ services, session, body }) =>
      changePassword(services, session, { currentPassword: body.current_password, newPassword: body.new_password }),
  }),
  userRoute({
    method: 'PUT',
    path: '/user/email',
    scope: 'session',
    tag: 'Account',
    summary: 'Change the e-mail address',
    description: 'Where mail can be sent, the new address has to be confirmed first.',
    body: schemas.emailChangeBody,
    status: 200,
    answer: schemas.emailChanged,
    errors: ['wrong_password', 'email_taken'],
    run: ({ services, user, body }) =>
      changeEmail(services, user, { newEmail: body.new_email, password: body.password }),
  }),
  publicRoute({
    method: 'POST',
    path: '/auth/confirm-email',
    tag: 'Account',
    summary: 'Confirm a new e-mail address with the token of the link',
    body: schemas.emailConfirmationBody,
    status: 200,
    answer: schemas.emailConfirmed,
    errors: ['invalid_link', 'email_taken'],
    run: ({ services, body, clientAddress }) => confirmEmail(services, body, clientAddress),
  }),
];

const sessionRoutes = [
  userRoute({
    method: 'GET',
    path: '/user/sessions',
    scope: 'session',
    tag: 'Account',
    summary: 'Where one is signed in, last used first',
    status: 200,
    answer: schemas.sessions,
    run: async ({ services, session }) => ({ sessions: await listSessions(services, session) }),
  }),
  userRoute({
    method: 'DELETE',
    path: '/user/sessions',
    scope: 'session',
    tag: 'Account',
    summary: 'End all other sessions',
    status: 200,
    answer: schemas.revoked,
    run: ({ services, session }) => revokeOtherSessions(services, session),
  }),
  userRoute({
    method: 'DELETE',
    path: '/user/sessions/{id}',
    scope: 'session',
    tag: 'Account',
    summary: 'End a session',
    params: schemas.idParams,
    status: 204,
    errors: ['not_found'],
    run: ({ services, user, params }) => revokeSession(services, user.id, params.id),
  }),
];

const keyRoutes = [
  userRoute({
    method: 'GET',
    path: '/user/api-keys',
    scope: 'session',
    tag: 'API keys',
    summary: 'The keys, newest first',
    status: 200,
    answer: schemas.apiKeys,
    run: async ({ services, user }) => ({ apiKeys: await listApiKeys(services, user.id) }),
  }),
  userRoute({
    method: 'POST',
    path: '/user/api-keys',
    scope: 'session',
    tag: 'API keys',
    summary: 'Make a key',
    description: 'The answer holds the key, this once. At most 20.',
    body: schemas.apiKeyBody,
    status: 201,
    answer: schemas.newApiKey,
    run: ({ services, user, body: { name, scopes, expires_in_days: expiresInDays } }) =>
      createApiKey(services, user.id, { name, scopes, expiresInDays }),
  }),
  userRoute({
    method: 'DELETE',
    path: '/user/api-keys/{id}',
    scope: 'session',
    tag: 'API keys',
    summary: 'Revoke a key',
    params: schemas.idParams,
    status: 204,
    errors: ['not_found'],
    run: ({ services, user, params }) => revokeApiKey(services, user.id, params.id),
  }),
];

const settingsRoutes = [
  userRoute({
    method: 'GET',
    path: '/user/settings',
    tag: 'Settings',
    summary: 'When syncs happen by themselves',
    status: 200,
    answer: schemas.settings,
    run: ({ services, user }) => readSettings(services, user.id),
  }),
  userRoute({
    method: 'PUT',
    path: '/user/settings',
    tag: 'Settings',
    summary: 'Change when syncs happen by themselves',
    description: 'What is left out stays as it is. Quiet hours are wall-clock times in the time zone.',
    body: schemas.settingsBody,
    status: 200,
    answer: schemas.settings,
    run: ({ services, user, body }) => updateSettings(services, user.id, settingsOf(body)),
  }),
];

/** Rules that span fields are checked in one place, for tRPC and REST alike. */
function settingsOf(body: Record<string, unknown>) {
  const { interval_minutes: intervalMinutes, quiet_from: quietFrom, quiet_to: quietTo, time_zone: timeZone } = body;
  const parsed = settingsChange.safeParse({ intervalMinutes, quietFrom, quietTo, timeZone });
  if (parsed.success) return parsed.data;
  const fields = Object.entries(fieldErrors(parsed.error)).map(([name, errors]) => [snakeCase(name), errors]);
  throw new ApiError('validation_failed', 'Some fields are not valid.', { fields: Object.fromEntries(fields) });
}

export const accountRoutes = [
  userRoute({
    method: 'GET',
    path: '/user/export',
    scope: 'manage',
    tag: 'Account',
    summary: 'Everything that is stored of you, as a file',
    status: 200,
    answer: schemas.exported,
    download: 'gibney-sync-export.json',
    run: ({ services, session }) => exportAccount(services, session),
  }),
  ...passwordRoutes,
  ...sessionRoutes,
  ...keyRoutes,
  ...settingsRoutes,
];
