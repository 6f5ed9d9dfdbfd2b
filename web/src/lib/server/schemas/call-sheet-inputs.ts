/** What comes in about call sheets. */
import { z } from 'zod';
import { answers, longestLinkDays } from '#domain/call-sheets.ts';
import { plainText, printable } from '#domain/plain-text.ts';
import { flag, nameOf } from '#domain/shapes/common.ts';
import { ahead, id, momentAfter } from './inputs.ts';

/**
 * What turns the writing round, and letters that show nothing: nobody signs as nobody, or so that others cannot be read. Two of the
 * first kind are part of how some languages write.
 */
const unseen = /(?![\u200c\u200d])\p{Cf}|[\u115f\u1160\u2800\u3164\uffa0]/gu;

const line = (words: string) => plainText(words.replace(unseen, '')).replace(/\s+/g, ' ').trim();

const isSeen = (words: string) => /[^\s\u200c\u200d]/.test(words);

const guestName = z
  .string('Give your name.')
  .max(200, 'A name has at most 60 characters.')
  .transform(line)
  .pipe(z.string().refine(isSeen, 'Give your name.').max(60, 'A name has at most 60 characters.'));

const comment = z
  .string()
  .max(1_000, 'A comment has at most 200 characters.')
  .transform(line)
  .pipe(z.string().max(200, 'A comment has at most 200 characters.'))
  .default('');

/** What a guest says, with the time and place of each rental as they saw it. */
export const guestAnswers = z.strictObject({
  name: guestName,
  answers: z
    .array(z.strictObject({ bookingId: id, answer: z.enum(answers).nullable(), comment, seen: z.string().max(500) }))
    .min(1, 'Choose yes, maybe or no for at least one rental.')
    .max(200),
});

const day = z.iso.date('Give a day as YYYY-MM-DD.');
const title = nameOf('call sheet');
const note = z
  .string()
  .max(1_000, 'A note has at most 1,000 characters.')
  .transform((words) => printable(words).replace(/\r\n?/g, '\n').trim());
const hostName = z
  .string()
  .max(200, 'A name has at most 60 characters.')
  .transform(line)
  .pipe(z.string().max(60, 'A name has at most 60 characters.'));
const expiresAt = ahead(longestLinkDays, momentAfter);

const longestPeriodMs = 366 * 86_400_000;

export const newCallSheet = z
  .strictObject({
    title,
    note: note.default('').meta({ description: 'For the guests.' }),
    hostName: hostName.default('').meta({ description: 'Who invites, as guests read it.' }),
    namesShown: flag.default(false).meta({ description: 'Whether guests read who comes.' }),
    bookingId: id.optional().meta({ description: 'One rental; or a group; or a period by its first and last day.' }),
    groupId: id.optional(),
    from: day.optional(),
    to: day.optional(),
    expiresAt: expiresAt.optional().meta({
      description:
        'When the link ends, a bare date being the last day in New York: a week after the last rental, if left out; at most in a year.',
    }),
  })
  .refine(({ bookingId, groupId, from, to }) => [bookingId, groupId, from ?? to].filter(Boolean).length === 1, {
    path: ['from'],
    message: 'Choose one rental, a group, or the first and the last day of a period.',
  })
  .refine(({ from, to }) => Boolean(from) === Boolean(to), { path: ['to'], message: 'Give both days.' })
  .refine(({ from, to }) => !from || !to || from <= to, {
    path: ['to'],
    message: 'The last day is not before the first.',
  })
  .refine(({ from, to }) => !from || !to || Date.parse(to) - Date.parse(from) <= longestPeriodMs, {
    path: ['to'],
    message: 'A period has at most 366 days.',
  })
  .meta({ id: 'NewCallSheet' });

/** What is left out stays as it is. */
export const callSheetChange = z
  .strictObject({
    title: title.optional(),
    note: note.optional(),
    hostName: hostName.optional(),
    namesShown: flag.optional(),
    expiresAt: expiresAt.nullable().optional().meta({ description: 'Null: a week after the last rental.' }),
  })
  .meta({ id: 'CallSheetChange' });
export const callSheetChangeOf = callSheetChange.extend({ id });

export const sheetGuestRef = z.strictObject({ id, guestId: id });
