/** What comes in about calendar feeds and exports, for tRPC and REST alike. */
import { z } from 'zod';
import { bookingFilters, id } from './inputs.ts';

const name = z
  .string('Give the calendar a name.')
  .trim()
  .min(1, 'Give the calendar a name.')
  .max(80, 'A name has at most 80 characters.')
  .regex(/^\P{Cc}*$/u, 'A name is one line of text.');

const values = z
  .array(
    z
      .string()
      .min(1, 'A filter cannot be empty.')
      .max(200, 'At most 200 characters.')
      .regex(/^[^\0]*$/, 'A filter cannot hold a NUL character.'),
    'Give a list of texts.',
  )
  .max(50, 'At most 50 values.');

/** Compared in any case; empty lists let everything through, and so would a misspelled name if it was not refused. */
export const feedFilters = z.strictObject({
  studios: values.optional(),
  locations: values.optional(),
  statuses: values.optional(),
  upcomingOnly: z.boolean('Give true or false.').optional(),
  hideCanceled: z.boolean('Give true or false.').optional(),
});

const minutes = 'An alarm is a whole number of minutes from 0 to 40320 (four weeks).';

export const alarmMinutes = z
  .array(z.int(minutes).min(0, minutes).max(40_320, minutes), 'Give a list of minutes.')
  .max(5, 'At most 5 alarms.')
  .transform((given) => [...new Set(given)].sort((one, other) => other - one));

export const feedName = name;
export const newFeed = z.object({ name, filters: feedFilters.default({}), alarmMinutes: alarmMinutes.default([]) });

/** What is left out stays as it is; filters are replaced as a whole. */
export const feedChange = z.object({
  id,
  name: name.optional(),
  filters: feedFilters.optional(),
  alarmMinutes: alarmMinutes.optional(),
});

export const feedRef = z.object({ id });

export const exportFormat = z.enum(['csv', 'ics'], 'Give csv or ics.');
export const bookingExport = bookingFilters.extend({ format: exportFormat.default('csv') });
