/** Calendars elsewhere, into which the rentals are written. */
import { z } from 'zod';
import { calendarFailures, type CalendarFailureCode } from '../calendar-failures.ts';
import { count, id, nameOf, time } from './common.ts';

export const connectionStates = ['filling', 'ok', 'needs_you', 'failing'] as const;
export type ConnectionState = (typeof connectionStates)[number];

/** Whose calendar it is: that of a server that speaks CalDAV, or Google's. */
export const connectionKinds = ['caldav', 'google'] as const;
export type ConnectionKind = (typeof connectionKinds)[number];

const codes = Object.keys(calendarFailures) as [CalendarFailureCode, ...CalendarFailureCode[]];

/** A calendar that the person may choose. */
export const foundCalendar = z.object({ url: z.string(), name: z.string() });

export const calendarConnection = z.object({
  id,
  kind: z.enum(connectionKinds),
  name: z.string(),
  username: z.string(),
  state: z.enum(connectionStates).meta({
    description:
      '`filling`: the first rentals are being written. `needs_you`: something for you to do; what a server may say in passing, as of a password, is tried three times more within hours, and then nothing is until you act. `failing`: tried again by itself.',
  }),
  calendarUrl: z.string(),
  lastPushedAt: time.nullable(),
  pending: count.meta({ description: 'Rentals that are not yet in the calendar as they are now.' }),
  refused: count.meta({ description: 'Rentals that the calendar server would not take.' }),
  error: z.enum(codes).nullable(),
  errorMessage: z.string().nullable(),
  busyCalendars: z.array(foundCalendar).meta({
    description: 'Calendars of the same account: rentals at the time of something in them are pointed out.',
  }),
  createdAt: time,
});

export const inCalendarStates = ['waiting', 'written', 'deleted', 'refused'] as const;

/** One rental in one of the connected calendars. */
export const bookingInCalendar = z.object({
  connectionId: id,
  kind: z.enum(connectionKinds),
  name: z.string(),
  state: z.enum(inCalendarStates).meta({
    description:
      '`waiting`: it is written as soon as the calendar takes it. `deleted`: by you, so it stays out until it changes. `refused`: the calendar server would not take it.',
  }),
  writtenAt: time.nullable().meta({ description: 'When it was last brought in line there, or refused.' }),
  error: z.enum(codes).nullable().meta({ description: 'Why it waits.' }),
  errorMessage: z.string().nullable(),
  answerStatus: z.int().nullable().meta({
    description: 'The HTTP status with which the calendar server refused it, or fails on it.',
  }),
  answerReason: z.string().nullable().meta({
    description: 'What it said of that, or why we could not write it; for people to read.',
  }),
});

const noNul = (value: string): boolean => !value.includes('\0');

const address = (wants: string) =>
  z
    .string(wants)
    .trim()
    .min(1, wants)
    .max(1000, 'An address has at most 1000 characters.')
    .transform((given) => (/^[a-z][a-z0-9+.-]*:\/\//i.test(given) ? given : `https://${given}`))
    .refine((given) => /^https?:\/\//i.test(given) && URL.canParse(given), 'This is not a web address.')
    .refine((given) => !hasSecrets(given), 'Leave name and password out of the address.');

function hasSecrets(given: string): boolean {
  const url = URL.parse(given);
  return url !== null && (url.username !== '' || url.password !== '');
}

export const appPassword = z
  .string('Give the app password.')
  .min(1, 'Give the app password.')
  .max(1024, 'A password has at most 1024 characters.')
  .refine(noNul, 'A password cannot hold a NUL character.');

export const calendarLogin = z.strictObject({
  url: address('Give the address of your calendar server.'),
  username: z
    .string('Give your username there.')
    .trim()
    .min(1, 'Give your username there.')
    .max(255, 'A username has at most 255 characters.')
    // A colon would end the name in the request that carries both.
    .regex(/^[^\0:]*$/, 'A username holds neither a colon nor a NUL character.'),
  password: appPassword,
});

/** Which calendar: an existing one, or a new one. */
export const calendarChoice = z.strictObject({
  calendarUrl: address('Give the address of the calendar.')
    .optional()
    .meta({ description: 'One that is there already.' }),
  name: nameOf('calendar').optional().meta({ description: 'Of the calendar to make, where none is named.' }),
});

export const newCalendarConnection = z
  .strictObject({ kind: z.literal('caldav').default('caldav'), ...calendarLogin.shape, ...calendarChoice.shape })
  .meta({ id: 'NewCalendarConnection' });

/** The calendars that say when the person has something else; none: nothing does. */
export const busyChoice = z
  .strictObject({ calendarUrls: z.array(address('Give the address of the calendar.')).max(10, 'Choose ten at most.') })
  .meta({ id: 'BusyCalendars' });

export type BookingInCalendarView = z.output<typeof bookingInCalendar>;
export type CalendarConnectionView = z.output<typeof calendarConnection>;
export type FoundCalendar = z.output<typeof foundCalendar>;
