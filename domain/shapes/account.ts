/** An account: who it is, its sessions, keys and settings, and all of it as a file. */
import { z } from 'zod';
import { groupDetail } from './groups.ts';
import { keyCall } from './audit.ts';
import { booking, change } from './bookings.ts';
import { calendarFeed, qrCode } from './calendar.ts';
import { callSheetDetail } from './call-sheets.ts';
import { calendarConnection } from './calendar-connections.ts';
import { budget } from './costs.ts';
import { clock, count, flag, id, time } from './common.ts';
import { delivery, event } from './deliveries.ts';
import { job, jobLog, pausedReason, syncSchedule } from './sync.ts';
import { notifications } from './notifications.ts';
import { pushSubscription } from './push.ts';
import { webhook } from './webhooks.ts';

export const profile = z
  .object({
    id,
    email: z.string(),
    createdAt: time,
    /** Of the default calendar feed. */
    calendarUrl: z.url().nullable(),
  })
  .meta({ id: 'Profile' });

export const registered = z
  .object({
    id,
    email: z.string(),
    calendarUrl: z.url().meta({ description: 'The calendar feed. Whoever knows this address can read it.' }),
  })
  .meta({ id: 'Registered' });

/** The connected Gibney account; never its password. */
export const portalAccount = z.object({
  username: z.string(),
  /** Of a new sign-in that waits for Gibney to accept it; null where there is none. */
  trialUsername: z.string().nullable(),
  updatedAt: time,
  pausedReason: pausedReason.nullable(),
});

/** A place where the user is signed in. */
export const session = z.object({
  id,
  /** The session that asks. */
  current: flag,
  /** In words, as "Firefox on Windows"; "A program" where no browser gives its name. */
  device: z.string(),
  userAgent: z.string().nullable(),
  ipAddress: z.string().nullable(),
  createdAt: time,
  /** Rounded to an hour. */
  lastUsedAt: time,
  expiresAt: time,
});

/** What a key may do with what is its owner's; each includes the ones before it. */
export const ownScope = z.enum(['read', 'sync', 'manage'], 'A scope is read, sync or manage.');

/** `operate` stands beside the others: it opens the calls of operators and nothing else, and nothing else opens these. */
export const apiKeyScope = z.enum([...ownScope.options, 'operate'], 'A scope is read, sync, manage or operate.');

/** A key for other tools; never the key itself. */
export const apiKey = z.object({
  id,
  name: z.string(),
  /** Its first characters, to tell it from others. */
  start: z.string(),
  scopes: z.array(apiKeyScope),
  createdAt: time,
  /** Rounded to a minute. */
  lastUsedAt: time.nullable(),
  expiresAt: time.nullable(),
});

/** A key that was just made: the only time that it is shown. */
export const newApiKey = apiKey.extend({ key: z.string() }).meta({ id: 'NewApiKey' });

/** Between two syncs. The operator's own default may lie outside of what users can choose. */
const intervalMinutes = z.int('Give whole minutes from 30 to 1440.');

const timeZone = z
  .string('Give a time zone, such as America/New_York.')
  .max(100, 'Give a time zone, such as America/New_York.')
  .refine(isTimeZone, 'Give a time zone, such as America/New_York.')
  .meta({ description: 'An IANA name.', examples: ['America/New_York', 'Europe/Berlin'] });

/** No sync begins by itself from `quietFrom` to `quietTo` (`HH:MM` in `timeZone`); both null: none. */
export const settings = z
  .object({
    intervalMinutes,
    quietFrom: clock.nullable(),
    quietTo: clock.nullable(),
    timeZone,
    closerBeforeRentals: flag.meta({
      description:
        'In the 24 hours before a rental, a sync every 30 minutes, but not at night (11 PM to 6 AM in New York).',
    }),
  })
  .meta({ id: 'Settings' });

/** What is left out stays as it is. A misspelled name is refused, or it would look as if it had been saved. */
export const settingsChange = z
  .strictObject({
    ...settings.shape,
    intervalMinutes: intervalMinutes
      .min(30, 'Give whole minutes from 30 to 1440.')
      .max(1440, 'Give whole minutes from 30 to 1440.'),
  })
  .partial()
  .refine(({ quietFrom = null, quietTo = null }) => (quietFrom === null) === (quietTo === null), {
    path: ['quietTo'],
    message: 'Quiet hours want both a beginning and an end.',
  })
  .refine(({ quietFrom, quietTo }) => !quietFrom || quietFrom !== quietTo, {
    path: ['quietTo'],
    message: 'Quiet hours must end at another time than they begin.',
  })
  .meta({ id: 'SettingsChange', description: 'What is left out stays as it is.' });

/** A program that waits to be signed in. */
export const deviceLogin = z.object({
  userCode: z.string(),
  clientName: z.string(),
  scopes: z.array(ownScope),
  ipAddress: z.string().nullable(),
  createdAt: time,
});

/** With the names of RFC 8628. */
export const deviceCodes = z
  .object({
    deviceCode: z.string().meta({ description: 'For the program.' }),
    userCode: z.string().meta({ description: 'For the person, such as `BCDF-GHJK`.' }),
    verificationUri: z.url(),
    verificationUriComplete: z.url().meta({ description: 'The same with the code.' }),
    expiresIn: count.meta({ description: 'Seconds.' }),
    interval: count.meta({ description: 'Seconds between two questions.' }),
  })
  .meta({ id: 'DeviceCodes' });

/** `confirmation_sent`: the address changes once the link in the mail is opened. */
export const emailChanged = z
  .object({ status: z.enum(['changed', 'confirmation_sent']), email: z.string() })
  .meta({ id: 'EmailChanged' });

/** Two-factor sign-in, as the settings show it. */
export const twoFactor = z.object({
  /** Since when a code is asked for; null: never. */
  enabledAt: time.nullable(),
  recoveryCodesLeft: count,
});

/** For an authenticator app, once. */
export const twoFactorSetup = z.object({
  /** Base32, to type. */
  secret: z.string(),
  uri: z.string(),
  qr: qrCode,
});

/** Shown once. */
export const recoveryCodes = z.object({ recoveryCodes: z.array(z.string()) });

/** Everything that is stored about a user, as a file to take along. The only secrets in it are the feeds' own addresses. */
export const accountExport = z
  .object({
    exportedAt: time,
    profile,
    settings,
    budget: budget.nullable(),
    schedule: syncSchedule.pick({ pausedUntil: true, againAt: true }),
    portalAccount: portalAccount.nullable(),
    bookings: z.array(booking),
    changes: z.array(change),
    jobs: z.array(job),
    jobLogs: z.array(jobLog.extend({ jobId: id })),
    callSheets: z.array(callSheetDetail),
    calendarFeeds: z.array(calendarFeed.omit({ qr: true, subscribe: true })),
    events: z.array(event),
    deliveries: z.array(delivery),
    calendarConnections: z.array(calendarConnection),
    groups: z.array(groupDetail),
    webhooks: z.array(webhook),
    pushDevices: z.array(pushSubscription),
    notifications,
    sessions: z.array(session),
    apiKeys: z.array(apiKey),
    apiKeyCalls: z.array(keyCall),
  })
  .meta({ id: 'AccountExport' });

/** A name that the platform knows; an offset such as +02:00 does not count, since it has no summer time. */
function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    // Throwing is the answer.
    return false;
  }
}

export type ProfileView = z.output<typeof profile>;
export type Registered = z.output<typeof registered>;
export type PortalAccountView = z.output<typeof portalAccount>;
export type SessionView = z.output<typeof session>;
export type OwnScope = z.output<typeof ownScope>;
export type ApiKeyScope = z.output<typeof apiKeyScope>;
export type ApiKeyView = z.output<typeof apiKey>;
export type NewApiKeyView = z.output<typeof newApiKey>;
export type SettingsView = z.output<typeof settings>;
export type TwoFactorSetupView = z.output<typeof twoFactorSetup>;
export type RecoveryCodesView = z.output<typeof recoveryCodes>;
export type EmailChangedView = z.output<typeof emailChanged>;
