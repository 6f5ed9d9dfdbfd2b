/** What goes into the procedures behind the pages of bookings and changes. */
import { z } from 'zod';
import { flag } from '#domain/shapes/common.ts';
import { bookingFilters, cursor, id, limit, moment, momentAfter, momentMeaning, side } from './inputs.ts';

const words = bookingFilters.omit({ from: true, to: true });
const canceled = flag.default(false);

export const bookingPage = words.extend({
  when: side.default('upcoming'),
  canceled,
  limit: limit(50),
  cursor,
});

const mostDays = 62;

export const bookingSpan = words
  .extend({ from: moment, to: momentAfter, canceled })
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

export const pastMoment = z.strictObject({
  at: moment
    .refine((at) => Date.parse(at) <= Date.now(), 'Give a time in the past.')
    .meta({ description: momentMeaning }),
});
export const pastExport = pastMoment.extend({ format: z.enum(['csv', 'json'], 'Give csv or json.').default('csv') });

export const changeGroupList = z.strictObject({ limit: limit(10), cursor });
export const jobChangeList = z.strictObject({ jobId: id, limit: limit(100), cursor });
export const seenUpTo = z.strictObject({
  upTo: z.iso.datetime({ offset: true, error: 'Give a time in ISO 8601.' }).optional(),
});
export const changeIds = z.strictObject({
  ids: z.array(id).min(1, 'Give at least one change.').max(500, 'At most 500.'),
});
