/** What the shapes have in common. */
import { z } from 'zod';

/** A moment: a `Date` inside, ISO 8601 in UTC outside. The one place where one becomes the other. */
export const time = z.pipe(
  z.transform((moment: Date | string) => (moment instanceof Date ? moment.toISOString() : moment)),
  z.iso.datetime(),
);

/** Not checked on its way out: rows have no others. */
export const id = z.string().meta({ format: 'uuid' });

export const count = z.int().min(0);

export const flag = z.boolean('Give true or false.');

/** A time on a wall clock. */
export const clock = z.string('Give a time as HH:MM.').regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'Give a time as HH:MM.');

export const nextCursor = z.string().nullable().meta({ description: 'Give it as `cursor` to get the next page.' });

/** A name that a person gives to something of theirs. */
export const nameOf = (thing: string, letters = /^\P{Cc}*$/u) =>
  z
    .string(`Give the ${thing} a name.`)
    .trim()
    .min(1, `Give the ${thing} a name.`)
    .max(80, 'A name has at most 80 characters.')
    .regex(letters, 'A name is one line of text.');
