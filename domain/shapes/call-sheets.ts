/** Call sheets, as their owner and as guests see them. Anybody who knows the address of one can read it. */
import { z } from 'zod';
import { answers, fates } from '../call-sheets.ts';
import { booking } from './bookings.ts';
import { count, flag, id, time } from './common.ts';

const day = z.string().meta({ format: 'date' });
const answer = z.enum(answers, 'Answer yes, maybe or no.');
const slot = booking.pick({ startsAt: true, endsAt: true, studio: true, location: true });

export const callSheet = z
  .object({
    id,
    title: z.string(),
    note: z.string().meta({ description: 'For the guests.' }),
    hostName: z.string().meta({ description: 'Who invites, as guests read it. Empty: nobody is named.' }),
    namesShown: flag.meta({ description: 'Whether guests read who comes, and not only how many.' }),
    bookingId: id.nullable().meta({ description: 'The one rental that it is about.' }),
    groupId: id.nullable().meta({ description: 'Or the group whose rentals it shows, also those to come.' }),
    groupName: z.string().nullable(),
    from: day.nullable().meta({ description: 'Or the first and the last day of a period, on the studio’s calendar.' }),
    to: day.nullable(),
    url: z.url().meta({ description: 'Whoever knows this address can read the call sheet and answer.' }),
    calendarUrl: z.url().meta({ description: 'The same rentals as a calendar, for guests.' }),
    state: z.enum(['open', 'expired', 'revoked']),
    expiresAt: time,
    followsRentals: flag.meta({
      description: 'Nobody chose the end: it moves on with the last rental, and is never sooner than it was said.',
    }),
    endsEarly: flag.meta({ description: 'The link ends before its last rental does.' }),
    revokedAt: time.nullable(),
    createdAt: time,
    lastOpenedAt: time.nullable().meta({ description: 'By a guest, to a few minutes.' }),
    guests: count.meta({ description: 'How many have answered.' }),
  })
  .meta({ id: 'CallSheet' });

const leftOut = count.meta({
  description: 'Rentals that the call sheet has no room for: first those that are over, then the latest.',
});

const counts = z.object({ yes: count, maybe: count, no: count });

const sheetRental = slot.extend({
  bookingId: id,
  fate: z.enum(fates).meta({
    description:
      '`unconfirmed`: asked for and not confirmed yet. `canceled`: also declined. `gone`: no longer listed by the studio.',
  }),
  was: slot.nullable().meta({ description: 'Where and when it was before, if it has moved.' }),
  counts,
});

export const sheetAnswer = z.object({
  callSheetId: id,
  guestId: id,
  name: z.string(),
  answer,
  comment: z.string(),
  answeredAt: time,
  beforeMove: flag.meta({ description: 'Given for another time or another house.' }),
});

export const callSheetDetail = callSheet
  .extend({ rentals: z.array(sheetRental.extend({ answers: z.array(sheetAnswer) })), leftOut })
  .meta({ id: 'CallSheetDetail' });

/** What guests see of a sheet: no price, no record, nobody's address. */
export const guestSheet = callSheet
  .pick({ title: true, note: true, hostName: true, namesShown: true, calendarUrl: true, expiresAt: true })
  .extend({
    syncedAt: time.nullable().meta({ description: 'When the rentals were last read at Gibney.' }),
    leftOut,
    rentals: z.array(
      sheetRental.extend({
        /** Who comes, where the owner shows names. */
        names: z.array(z.object({ name: z.string(), answer })),
        /** What this guest has answered. */
        mine: sheetAnswer.pick({ answer: true, comment: true, beforeMove: true }).nullable(),
        /** Whether an answer is still of use. */
        asks: flag,
        /** Of time and place, so that nobody answers for something other than what they saw. */
        seen: z.string(),
      }),
    ),
    /** The name under which this guest has answered before. */
    myName: z.string().nullable(),
  });

export type CallSheetView = z.output<typeof callSheet>;
export type CallSheetDetailView = z.output<typeof callSheetDetail>;
export type SheetRentalView = z.output<typeof sheetRental>;
export type SheetAnswerView = z.output<typeof sheetAnswer>;
export type GuestSheetView = z.output<typeof guestSheet>;
export type GuestRentalView = GuestSheetView['rentals'][number];
