/** In and out of the procedures behind the pages of bookings and changes. */
import { z } from 'zod';
import type { BookingCountsView, BookingDetailView, BookingTotalsView, OverlapView } from '#lib/bookings/views.ts';
import type { ChangeEntryView, ChangeGroupView } from '#lib/changes/views.ts';
import { bookingFilters, cursor, id, limit, moment } from './inputs.ts';
import { bookingView, changeKind, changeView, time } from './views.ts';

const words = bookingFilters.omit({ from: true, to: true });
const canceled = z.boolean('Give true or false.').default(false);

export const bookingPage = words.extend({
  when: z.enum(['upcoming', 'past'], 'Give upcoming or past.').default('upcoming'),
  canceled,
  limit: limit(50),
  cursor,
});

const mostDays = 62;

export const bookingSpan = words
  .extend({ from: moment, to: moment, canceled })
  .refine(({ from, to }) => Date.parse(from) < Date.parse(to), {
    path: ['to'],
    message: 'The end comes after the start.',
  })
  .refine(({ from, to }) => Date.parse(to) - Date.parse(from) <= mostDays * 86_400_000, {
    path: ['to'],
    message: `At most ${mostDays} days at once.`,
  });

export const bookingCount = words;
export const bookingYear = words.extend({
  year: z.int('A year is a whole number.').min(1970, 'From 1970 on.').max(9999, 'At most 9999.'),
});
export const bookingRef = z.object({ id });

export const changeGroupList = z.object({ limit: limit(10), cursor });
export const jobChangeList = z.object({ jobId: id, limit: limit(100), cursor });
export const seenUpTo = z.object({
  upTo: z.iso.datetime({ offset: true, error: 'Give a time in ISO 8601.' }).optional(),
});

export const bookingCountsView = z.object({
  upcoming: z.int(),
  past: z.int(),
  canceled: z.int(),
}) satisfies z.ZodType<BookingCountsView>;

const sum = { rentals: z.int(), minutes: z.int(), cents: z.int() };

export const bookingTotalsView = z.object({
  year: z.int(),
  months: z.array(z.object({ month: z.string(), ...sum })),
  studios: z.array(z.object({ studio: z.string(), location: z.string(), ...sum })),
  unpriced: z.int(),
  years: z.object({ first: z.int(), last: z.int() }).nullable(),
}) satisfies z.ZodType<BookingTotalsView>;

export const overlapView = z.object({ first: bookingView, second: bookingView }) satisfies z.ZodType<OverlapView>;

export const bookingDetailView = z.object({
  booking: bookingView,
  firstSeenAt: time,
  lastSeenAt: time,
  overlaps: z.array(bookingView),
}) satisfies z.ZodType<BookingDetailView>;

export const changeEntryView = changeView.extend({
  startsAt: time,
  endsAt: time,
  studio: z.string(),
  location: z.string(),
}) satisfies z.ZodType<ChangeEntryView>;

export const changeGroupView = z.object({
  at: time,
  jobId: z.string().nullable(),
  triggeredManually: z.boolean().nullable(),
  unseen: z.boolean(),
  counts: z.partialRecord(changeKind, z.int()),
  total: z.int(),
  entries: z.array(changeEntryView),
}) satisfies z.ZodType<ChangeGroupView>;
