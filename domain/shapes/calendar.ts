/** Calendar feeds. Anybody who knows the address of one can read the calendar. */
import { z } from 'zod';
import { flag, id, nameOf, time } from './common.ts';

const texts = z.array(z.string());

const wanted = z
  .array(
    z
      .string()
      .min(1, 'A filter cannot be empty.')
      .max(200, 'At most 200 characters.')
      .regex(/^[^\0]*$/, 'A filter cannot hold a NUL character.'),
    'Give a list of texts.',
  )
  .max(50, 'At most 50 values.')
  .default([]);

/** Compared in any case; empty lists let everything through, and so would a misspelled name if it were not refused. */
export const feedFilters = z.strictObject({
  studios: wanted,
  locations: wanted,
  statuses: wanted,
  upcomingOnly: flag.default(false).meta({ description: 'From the beginning of today on.' }),
  hideCanceled: flag.default(false).meta({
    description: 'Canceled rentals go at once; else they stay for 14 days, marked as canceled.',
  }),
});

const minutes = 'An alarm is a whole number of minutes from 0 to 40320 (four weeks).';

export const alarmMinutes = z
  .array(z.int(minutes).min(0, minutes).max(40_320, minutes), 'Give a list of minutes.')
  .max(5, 'At most 5 alarms.')
  .transform((given) => [...new Set(given)].sort((one, other) => other - one));

/** What a user decides about a feed. */
export const feedSettings = z
  .strictObject({
    name: nameOf('calendar'),
    filters: feedFilters.prefault({}),
    alarmMinutes: alarmMinutes.default([]).meta({ description: 'Minutes before the start.' }),
  })
  .meta({ id: 'CalendarFeedSettings', description: 'What is left out shows everything and rings never.' });

/** For `<svg viewBox="0 0 {size} {size}"><path d={path} /></svg>`; dark on light, with its quiet zone. */
export const qrCode = z.object({ size: z.int(), path: z.string() });

export const calendarFeed = z.object({
  id,
  name: z.string(),
  url: z.url().meta({ description: 'Whoever knows this address can read the calendar.' }),
  /** The same address in the form that calendar apps open by themselves. */
  webcalUrl: z.string(),
  /** Addresses that subscribe in one click. */
  subscribe: z.object({ google: z.string(), apple: z.string(), outlook: z.string() }),
  /** The webcal address, for a phone's camera. */
  qr: qrCode,
  filters: feedFilters,
  alarmMinutes: z.array(z.int()),
  createdAt: time,
  updatedAt: time,
  lastFetchedAt: time.nullable().meta({ description: 'To a few minutes.' }),
});

/** Every value that a user's bookings have, for the filters of a feed. */
export const feedChoices = z.object({ studios: texts, locations: texts, statuses: texts });

export type StoredFeedFilters = z.input<typeof feedFilters>;
export type QrCode = z.output<typeof qrCode>;
export type CalendarFeedView = z.output<typeof calendarFeed>;
export type FeedChoicesView = z.output<typeof feedChoices>;
