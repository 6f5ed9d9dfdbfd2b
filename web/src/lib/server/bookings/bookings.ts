import type { z } from 'zod';
import * as queries from '#db/queries/bookings.ts';
import type { BookingRow } from '#db/queries/bookings.ts';
import type { BookingView } from '#lib/api-types.ts';
import type { bookingList, upcomingList } from '../schemas/inputs.ts';
import type { Services } from '../services.ts';

/** Newest start first. Throws `BadCursorError`. */
export async function listBookings(
  { orm }: Services,
  userId: string,
  { limit, cursor, from, to, ...words }: z.output<typeof bookingList>,
): Promise<{ bookings: BookingView[]; total: number; nextCursor: string | null }> {
  const times = { from: from ? new Date(from) : undefined, to: to ? new Date(to) : undefined };
  const found = await queries.listBookings(orm.em.fork(), userId, { ...withoutEmpty(words), ...times, limit, cursor });
  return { ...found, bookings: found.bookings.map(bookingViewOf) };
}

/** What has not ended, next one first, without removed and canceled ones. */
export async function listUpcoming(
  { orm }: Services,
  userId: string,
  { limit }: z.output<typeof upcomingList>,
): Promise<BookingView[]> {
  const found = await queries.upcomingBookings(orm.em.fork(), userId, new Date(), limit);
  return found.map(bookingViewOf);
}

export function bookingViewOf(booking: BookingRow): BookingView {
  return {
    id: booking.id,
    recordId: booking.recordId,
    name: booking.name,
    startsAt: booking.startsAt.toISOString(),
    endsAt: booking.endsAt.toISOString(),
    studio: booking.studio,
    location: booking.location,
    status: booking.status,
    priceCents: booking.priceCents,
    recordUrl: booking.recordUrl,
    removedAt: booking.removedAt?.toISOString() ?? null,
  };
}

/** An empty filter is how a form says "all". */
export function withoutEmpty<Words extends Record<string, string | undefined>>(words: Words): Words {
  return Object.fromEntries(Object.entries(words).filter(([, value]) => value)) as Words;
}
