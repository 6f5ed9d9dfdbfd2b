/**
 * What comes in, checked once here for tRPC, REST and the forms of the pages alike. All of it is strict: a name that was misspelled and
 * dropped would change what is done, such as a dry run into one that writes.
 */
import { z } from 'zod';
import { isInstant } from '#domain/instants.ts';
import { alarmMinutes, feedFilters, feedSettings } from '#domain/shapes/calendar.ts';
import { flag } from '#domain/shapes/common.ts';
import { errorCode, job, logLevel } from '#domain/shapes/sync.ts';
import { addDays, isDayKey, startOfDay } from '#lib/time/days.ts';

export const email = z
  .string('Give an e-mail address.')
  .max(254, 'An e-mail address has at most 254 characters.')
  .trim()
  .toLowerCase()
  .pipe(z.email('This is not an e-mail address.'))
  .meta({ format: 'email' });

export const newPassword = z
  .string('Give a password.')
  .min(8, 'A password has at least 8 characters.')
  .max(128, 'A password has at most 128 characters.');

/** Both a sign-up and a sign-in name these two. */
export const registration = z.strictObject({ email, password: newPassword }).meta({ id: 'Registration' });

/** A sign-in: no rule for the password but a length that is sane to hash. */
export const login = z.strictObject({
  email,
  password: z.string('Give a password.').min(1, 'Give a password.').max(1024, 'This password is too long.'),
});

/** A code of an authenticator app, or a recovery code. */
export const code = z.string('Give the code.').trim().min(1, 'Give the code.').max(40, 'A code is shorter than that.');
export const loginWithCode = login.extend({ code: code.optional() }).meta({ id: 'Login' });

/** Taken as given, spaces included: the portal decides what a username is. */
export const portalCredentials = z
  .strictObject({
    username: z
      .string('Give your Gibney username.')
      .min(1, 'Give your Gibney username.')
      .max(255, 'A username has at most 255 characters.')
      .refine(withoutNul, 'A username cannot hold a NUL character.'),
    password: z
      .string('Give your Gibney password.')
      .min(1, 'Give your Gibney password.')
      .max(1024, 'A password has at most 1024 characters.')
      .refine(withoutNul, 'A password cannot hold a NUL character.'),
  })
  .meta({ id: 'PortalCredentials' });

export const limit = (fallback: number) =>
  z.coerce
    .number<number>('A limit is a whole number from 1 to 100.')
    .int('A limit is a whole number from 1 to 100.')
    .min(1, 'A limit is a whole number from 1 to 100.')
    .max(100, 'A limit is a whole number from 1 to 100.')
    .default(fallback);
export const cursor = z
  .string()
  .min(1)
  .max(500)
  .nullish()
  .meta({ description: 'Opaque: the `next_cursor` of the page before.' });
export const id = z.uuid('An id is a UUID.');
export const ref = z.strictObject({ id });

export const text = z
  .string()
  .max(200, 'At most 200 characters.')
  .refine(withoutNul, 'A filter cannot hold a NUL character.');

const given = z.union(
  [z.iso.datetime({ offset: true }), z.iso.date()],
  'Give a time in ISO 8601, such as 2026-07-04T15:05:00Z, or a day, such as 2026-07-04.',
);

const isKnownYear = (at: string) => isInstant(Date.parse(at));
const anotherYear = 'Give a time in the years 1 to 9999.';

/** A moment: ISO 8601 with a zone. A bare date is a day in New York, where the studios are, and means its beginning. */
export const moment = given.transform((at) => (isDayKey(at) ? startOfDay(at) : at)).refine(isKnownYear, anotherYear);

/** After all that there can be: what people give as an end where they want none. */
const lastDay = '9999-12-31';

/** The same for an end: a bare date is a day that is still part of it. */
export const momentAfter = given
  .transform((at) => (isDayKey(at) ? startOfDay(at === lastDay ? at : addDays(at, 1)) : at))
  .refine(isKnownYear, anotherYear);

export const momentMeaning = 'A moment with its zone, or a day in New York, from its beginning.';
const startsFrom = 'Starts at or after: a moment with its zone, or a day in New York, from its beginning.';
const startsBefore = 'Starts before: a moment with its zone, or a day in New York, which is still part of it.';
/** A span of starts. */
export const span = {
  from: moment.optional().meta({ description: startsFrom }),
  to: momentAfter.optional().meta({ description: startsBefore }),
};

const dayMs = 24 * 3600_000;

/** A moment that is to come. */
export const ahead = (days: number, meant: typeof moment = moment) =>
  meant
    .refine((at) => Date.parse(at) > Date.now(), 'Give a time that is to come.')
    .refine((at) => Date.parse(at) <= Date.now() + days * dayMs, `Give a time in the next ${days} days.`)
    .transform((at) => new Date(at));

export const pauseRequest = z
  .strictObject({
    until: ahead(366)
      .nullish()
      .meta({ description: 'The pause ends by itself then; a bare date is a day in New York, from its beginning.' }),
  })
  .meta({ id: 'PauseRequest' });
export const againRequest = z
  .strictObject({ at: ahead(7).meta({ description: momentMeaning }) })
  .meta({ id: 'AgainRequest' });

const syncOptions = z
  .strictObject({
    freshSession: flag.optional().meta({ description: 'Sign in to the portal afresh.' }),
    upcomingOnly: flag.optional().meta({ description: 'Read only what starts from the beginning of today on.' }),
    from: moment.optional().meta({ description: `Only what is in this span is read. ${startsFrom}` }),
    to: momentAfter.optional().meta({ description: `Only what is in this span is read. ${startsBefore}` }),
    dryRun: flag.optional().meta({ description: 'Say in the log what would change, and write no booking.' }),
  })
  .refine(({ from, to }) => !from || !to || Date.parse(from) < Date.parse(to), {
    path: ['to'],
    message: 'The end comes after the start.',
  });
export const syncRequest = z.strictObject({ options: syncOptions.nullish() }).meta({ id: 'SyncRequest' });

export const bookingFilters = z.strictObject({
  ...span,
  status: text.optional(),
  studio: text.optional(),
  location: text.optional(),
  group: text
    .refine((value) => value === '' || id.safeParse(value).success, 'An id is a UUID.')
    .optional()
    .meta({ description: 'Only those in this group of yours.' }),
  q: text.optional(),
});

/** Which part of the list, by the present moment. */
export const side = z.enum(['upcoming', 'past', 'over'], 'Give upcoming, past or over.');

export const bookingList = bookingFilters.extend({ limit: limit(50), cursor });
export const upcomingList = z.strictObject({ limit: limit(50) });
export const changeList = z.strictObject({
  limit: limit(50),
  cursor,
  bookingId: id.optional(),
  jobId: id.optional(),
  unseen: flag
    .optional()
    .meta({ description: 'Only what the user has not looked at, or only what they have; left out: both.' }),
});
export const cancelRequest = z.strictObject({
  jobId: id.optional().meta({ description: 'Only this sync, not the one that is under way by then.' }),
});
const jobFilters = job.pick({ status: true, partial: true, triggeredManually: true }).extend({ errorCode });
export const jobList = jobFilters
  .partial()
  .extend({ limit: limit(10), cursor })
  .strict();
export const jobLogList = z.strictObject({ jobId: id, level: logLevel.optional(), limit: limit(50), cursor });

/** What is left out stays as it is; filters are replaced as a whole. */
export const feedChange = z.strictObject({
  id,
  name: feedSettings.shape.name.optional(),
  filters: feedFilters.optional(),
  alarmMinutes: alarmMinutes.optional(),
});

const exportFormat = z.enum(['csv', 'ics'], 'Give csv or ics.');
export const bookingExport = bookingFilters.extend({
  format: exportFormat.default('csv'),
  when: side.optional().meta({
    description: 'Only what has not ended, only what has, or what has or is canceled or gone; left out: all.',
  }),
  canceled: flag.optional().meta({
    description:
      'False leaves out canceled, declined and removed ones, unless `status` asks for one of these; left out: true.',
  }),
  includeUnderway: flag.optional().meta({ description: 'Also what began before `from` and ends after it.' }),
});

/** PostgreSQL's text cannot hold it. */
function withoutNul(value: string): boolean {
  return !value.includes('\0');
}
