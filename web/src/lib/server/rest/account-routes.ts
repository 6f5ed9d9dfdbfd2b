/** The calls about passwords, sessions, keys and settings. */
import { z } from 'zod';
import * as account from '#domain/shapes/account.ts';
import { keyCalls } from '#domain/shapes/audit.ts';
import { count } from '#domain/shapes/common.ts';
import { changeEmail, confirmEmail } from '../account/email.ts';
import { exportAccount } from '../account/export.ts';
import { changePassword, requestPasswordReset, resetPassword } from '../account/passwords.ts';
import { listOwnKeyCalls } from '../audit/audit.ts';
import { readSettings, updateSettings } from '../account/settings.ts';
import { requestApiKey, listApiKeys, revokeApiKey } from '../auth/api-keys.ts';
import { beginDeviceLogin, finishDeviceLogin } from '../auth/device-logins.ts';
import { listSessions, revokeOtherSessions, revokeSession } from '../auth/sessions.ts';
import * as inputs from '../schemas/account-inputs.ts';
import { ref } from '../schemas/inputs.ts';
import { keyCallList } from '../schemas/operate-inputs.ts';
import { publicRoute, userRoute } from './route.ts';

const emailConfirmed = z.object({ email: z.string() }).meta({ id: 'EmailConfirmed' });
const sessions = z.object({ sessions: z.array(account.session) }).meta({ id: 'Sessions' });
const revoked = z.object({ revoked: count }).meta({ id: 'RevokedSessions' });
const apiKeys = z.object({ apiKeys: z.array(account.apiKey) }).meta({ id: 'ApiKeys' });

const passwordRoutes = [
  publicRoute({
    method: 'POST',
    path: '/auth/password-reset',
    tag: 'Account',
    summary: 'Ask for a link to choose a new password',
    description: 'The answer is the same whether there is such an account or not.',
    body: inputs.passwordResetRequest,
    status: 202,
    run: ({ services, body, clientAddress }) => requestPasswordReset(services, body, clientAddress),
  }),
  publicRoute({
    method: 'PUT',
    path: '/auth/password-reset',
    tag: 'Account',
    summary: 'Choose a new password with the token of the link',
    description: 'The token works once and for an hour. Ends all sessions.',
    body: inputs.passwordReset,
    status: 204,
    errors: ['invalid_link'],
    run: ({ services, body, clientAddress }) => resetPassword(services, body, clientAddress),
  }),
  userRoute({
    method: 'PUT',
    path: '/user/password',
    scope: 'session',
    tag: 'Account',
    summary: 'Change the password',
    description: 'Ends all other sessions.',
    body: inputs.passwordChange,
    status: 204,
    errors: ['wrong_password'],
    run: ({ services, session, body }) => changePassword(services, session, body),
  }),
  userRoute({
    method: 'PUT',
    path: '/user/email',
    scope: 'session',
    tag: 'Account',
    summary: 'Change the e-mail address',
    description: 'Where mail can be sent, the new address has to be confirmed first.',
    body: inputs.emailChange,
    status: 200,
    answer: account.emailChanged,
    errors: ['wrong_password', 'email_taken'],
    run: ({ services, user, body }) => changeEmail(services, user, body),
  }),
  publicRoute({
    method: 'POST',
    path: '/auth/confirm-email',
    tag: 'Account',
    summary: 'Confirm a new e-mail address with the token of the link',
    body: inputs.emailConfirmation,
    status: 200,
    answer: emailConfirmed,
    errors: ['invalid_link', 'email_taken'],
    run: ({ services, body, clientAddress }) => confirmEmail(services, body, clientAddress),
  }),
];

const deviceToken = z
  .object({ accessToken: z.string(), tokenType: z.literal('bearer'), expiresIn: count, scope: z.string() })
  .meta({ id: 'DeviceToken' });

const deviceRoutes = [
  publicRoute({
    method: 'POST',
    path: '/auth/device/code',
    tag: 'Account',
    summary: 'Begin to sign in a program without a browser',
    description: 'As in RFC 8628, in JSON: show `user_code` and `verification_uri`, then ask for the token.',
    body: inputs.deviceLoginRequest,
    status: 200,
    answer: account.deviceCodes,
    run: ({ services, body, clientAddress }) => beginDeviceLogin(services, body, clientAddress),
  }),
  publicRoute({
    method: 'POST',
    path: '/auth/device/token',
    tag: 'Account',
    summary: 'Get the API key once the code is confirmed',
    description: 'Ask every `interval` seconds while the answer is `authorization_pending`. The key comes once.',
    body: inputs.deviceTokenRequest,
    status: 200,
    answer: deviceToken,
    errors: ['authorization_pending', 'slow_down', 'access_denied', 'expired_token'],
    run: ({ services, body }) => finishDeviceLogin(services, body),
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
    answer: sessions,
    run: async ({ services, session }) => ({ sessions: await listSessions(services, session) }),
  }),
  userRoute({
    method: 'DELETE',
    path: '/user/sessions',
    scope: 'session',
    tag: 'Account',
    summary: 'End all other sessions',
    status: 200,
    answer: revoked,
    run: ({ services, session }) => revokeOtherSessions(services, session),
  }),
  userRoute({
    method: 'DELETE',
    path: '/user/sessions/{id}',
    scope: 'session',
    tag: 'Account',
    summary: 'End a session',
    params: ref,
    status: 204,
    errors: ['not_found'],
    run: ({ services, user, params }) => revokeSession(services, user.id, params.id),
  }),
];

const keyRoutes = [
  userRoute({
    method: 'GET',
    path: '/user/api-key-calls',
    scope: 'session',
    tag: 'Account',
    summary: 'What the API keys did, newest first',
    description: 'What changes something is noted each time, what only asks once a minute.',
    query: keyCallList,
    status: 200,
    answer: keyCalls,
    errors: ['bad_cursor'],
    run: ({ services, user, query }) => listOwnKeyCalls(services, user.id, query),
  }),
  userRoute({
    method: 'GET',
    path: '/user/api-keys',
    scope: 'session',
    tag: 'API keys',
    summary: 'The keys, newest first',
    status: 200,
    answer: apiKeys,
    run: async ({ services, user }) => ({ apiKeys: await listApiKeys(services, user.id) }),
  }),
  userRoute({
    method: 'POST',
    path: '/user/api-keys',
    scope: 'session',
    tag: 'API keys',
    summary: 'Make a key',
    description:
      'The answer holds the key, this once. At most 20. One with the scope `operate` is made by operators alone.',
    body: inputs.apiKeyRequest,
    status: 201,
    answer: account.newApiKey,
    errors: ['operators_only'],
    run: ({ services, session, body }) => requestApiKey(services, session, body),
  }),
  userRoute({
    method: 'DELETE',
    path: '/user/api-keys/{id}',
    scope: 'session',
    tag: 'API keys',
    summary: 'Revoke a key',
    params: ref,
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
    answer: account.settings,
    run: ({ services, user }) => readSettings(services, user.id),
  }),
  userRoute({
    method: 'PUT',
    path: '/user/settings',
    tag: 'Settings',
    summary: 'Change when syncs happen by themselves',
    description: 'What is left out stays as it is. Quiet hours are wall-clock times in the time zone.',
    body: account.settingsChange,
    status: 200,
    answer: account.settings,
    run: ({ services, user, body }) => updateSettings(services, user.id, body),
  }),
];

export const accountRoutes = [
  userRoute({
    method: 'GET',
    path: '/user/export',
    scope: 'manage',
    tag: 'Account',
    summary: 'Everything that is stored of you, as a file',
    status: 200,
    answer: account.accountExport,
    download: 'gibney-sync-export.json',
    run: ({ services, session }) => exportAccount(services, session),
  }),
  ...passwordRoutes,
  ...deviceRoutes,
  ...sessionRoutes,
  ...keyRoutes,
  ...settingsRoutes,
];
