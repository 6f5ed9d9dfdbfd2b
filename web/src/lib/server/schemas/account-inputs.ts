/** What comes in about an account, its sessions, keys and settings, for tRPC, REST and forms alike. */
import { z } from 'zod';
import { code, email, id, newPassword } from './inputs.ts';
import { apiKeyScope } from './views.ts';

const password = z.string('Give your password.').min(1, 'Give your password.').max(1024, 'This password is too long.');
const token = z
  .string('The link is not complete.')
  .min(1, 'The link is not complete.')
  .max(200, 'The link is not one of ours.');

export const passwordChange = z.object({ currentPassword: password, newPassword });
export const passwordResetRequest = z.object({ email });
export const passwordReset = z.object({ token, newPassword });
export const emailChange = z.object({ newEmail: email, password });
export const emailConfirmation = z.object({ token });
export const accountDeletion = z.object({ password });
export const passwordOnly = z.object({ password });
export const twoFactorCode = z.object({ code });
export const sessionRef = z.object({ id });

export const newApiKey = z.object({
  name: z
    .string('Give the key a name.')
    .trim()
    .min(1, 'Give the key a name.')
    .max(80, 'A name has at most 80 characters.')
    .regex(/^\P{Cc}*$/u, 'A name is one line of text.'),
  scopes: z
    .array(apiKeyScope, 'Give a list of scopes.')
    .min(1, 'Choose what the key may do.')
    .max(3, 'At most 3 scopes.'),
  /** Null or left out: until it is revoked. */
  expiresInDays: z
    .int('Give whole days from 1 to 365.')
    .min(1, 'Give whole days from 1 to 365.')
    .max(365, 'Give whole days from 1 to 365.')
    .nullish(),
});
export const apiKeyRef = z.object({ id });

const clock = z.string('Give a time as HH:MM.').regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'Give a time as HH:MM.');

/** A misspelled name is refused, else it would look as if it was saved. */
export const settingsFields = z.strictObject({
  intervalMinutes: z
    .int('Give whole minutes from 30 to 1440.')
    .min(30, 'Give whole minutes from 30 to 1440.')
    .max(1440, 'Give whole minutes from 30 to 1440.')
    .optional(),
  quietFrom: clock.nullable().optional(),
  quietTo: clock.nullable().optional(),
  timeZone: z
    .string('Give a time zone, such as America/New_York.')
    .max(100, 'Give a time zone, such as America/New_York.')
    .refine(isTimeZone, 'Give a time zone, such as America/New_York.')
    .meta({ description: 'An IANA name.', examples: ['America/New_York', 'Europe/Berlin'] })
    .optional(),
});

/** What is left out stays as it is. Quiet hours are both or none. */
export const settingsChange = settingsFields
  .refine(({ quietFrom = null, quietTo = null }) => (quietFrom === null) === (quietTo === null), {
    path: ['quietTo'],
    message: 'Quiet hours want both a beginning and an end.',
  })
  .refine(({ quietFrom, quietTo }) => !quietFrom || quietFrom !== quietTo, {
    path: ['quietTo'],
    message: 'Quiet hours must end at another time than they begin.',
  });

/** A name that the platform knows; an offset such as +02:00 is none, since it has no summer time. */
function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    // That it throws is the answer.
    return false;
  }
}
