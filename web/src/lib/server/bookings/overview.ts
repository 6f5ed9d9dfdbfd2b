/** Bookings as the pages look at them. Whatever is narrowed to a canceled status shows canceled ones. */
import type { z } from 'zod';
import { isHeldStatus } from '#domain/rental-status.ts';
import * as views from '#db/queries/booking-views.ts';
import { listBookings, readBooking } from '#db/queries/bookings.ts';
import { listClashes } from '#db/queries/calendar-clashes.ts';
import { readConflicts } from '#db/queries/conflicts.ts';
import type { BookingFilter } from '#db/queries/bookings.ts';
import { notFound } from '../errors.ts';
import type { bookingCount, bookingPage, bookingSpan, bookingYear } from '../schemas/booking-inputs.ts';
import type { side } from '../schemas/inputs.ts';
import type { Services } from '../services.ts';
import { withoutEmpty } from './bookings.ts';

/** More than a page can show at once, and a bound for who has very many. */
const mostInSpan = 1_000;
const mostOverlaps = 50;

/** Coming ones soonest first; past ones, or all that are past, canceled or gone, newest first. Throws `BadCursorError`. */
export function pageOfBookings(
  { orm }: Services,
  userId: string,
  { when, canceled, limit, cursor, ...words }: z.output<typeof bookingPage>,
) {
  const order = when === 'upcoming' ? 'oldest' : 'newest';
  const filter = { ...filterOf(words, canceled || when === 'over'), ...sideOf(when, new Date()) };
  return listBookings(orm.em.fork(), userId, { ...filter, order, limit, cursor });
}

export function sideOf(when: z.output<typeof side>, now: Date): BookingFilter {
  return { upcoming: { endsAfter: now }, past: { endsBy: now }, over: { overBy: now } }[when];
}

/** What takes place in a span of the calendar, by start. */
export function bookingsInSpan(
  { orm }: Services,
  userId: string,
  { from, to, canceled, ...words }: z.output<typeof bookingSpan>,
) {
  const span = { from: new Date(from), to: new Date(to), limit: mostInSpan };
  return views.bookingsBetween(orm.em.fork(), userId, { ...filterOf(words, canceled), ...span });
}

export function countBookings({ orm }: Services, userId: string, words: z.output<typeof bookingCount>) {
  return views.countBookings(orm.em.fork(), userId, { ...withoutEmpty(words), now: new Date() });
}

export async function totalsOfYear(
  { orm }: Services,
  userId: string,
  { year, ...words }: z.output<typeof bookingYear>,
) {
  const totals = await views.bookingTotals(orm.em.fork(), userId, { ...withoutEmpty(words), year });
  return { year, ...totals };
}

/** Coming rentals that are at the same time, the nearest first. */
export function listOverlaps({ orm }: Services, userId: string) {
  return views.overlappingBookings(orm.em.fork(), userId, new Date(), mostOverlaps);
}

/** When the user has something else during coming rentals, in order. */
export function listBusy({ orm }: Services, userId: string) {
  return listClashes(orm.em.fork(), userId);
}

/** Throws `not_found`, also for another user's. */
export async function readBookingDetail({ orm }: Services, userId: string, id: string) {
  const em = orm.em.fork();
  const [booking, conflicts] = await Promise.all([readBooking(em, userId, id), readConflicts(em, userId, id)]);
  if (!booking) throw notFound('booking', id);
  const busy = await listClashes(em, userId, booking.id);
  const { firstSeenAt, lastSeenAt } = booking;
  const overlaps = conflicts.flatMap((one) => (one.kind === 'same_time' ? [one.other] : []));
  const shortWays = conflicts.flatMap((one) =>
    one.kind === 'short_way' ? [{ booking: one.other, minutesBetween: one.minutesBetween }] : [],
  );
  return { booking, firstSeenAt, lastSeenAt, overlaps, shortWays, busy };
}

type Words = Pick<BookingFilter, 'q' | 'studio' | 'location' | 'group' | 'status'>;

export function filterOf(words: Words, canceled: boolean): BookingFilter {
  const shown = canceled || (words.status !== undefined && !isHeldStatus(words.status));
  return { ...withoutEmpty(words), ...(!shown && { canceled: false }) };
}
