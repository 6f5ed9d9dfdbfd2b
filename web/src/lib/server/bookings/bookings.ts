import type { z } from 'zod';
import * as queries from '../../../../../db/queries/bookings.ts';
import type { BookingRow } from '../../../../../db/queries/bookings.ts';
import type { BookingView } from '../../api-types.ts';
import type { bookingList, upcomingList } from '../schemas/inputs.ts';
import type { Services } from '../services.ts';

/** Newest start first. Throws `BadCursorError`. */
export async function listBookings(
  { orm }: Services,
  userId: string,
  { from, to, ...input }: z.output<typeof bookingList>,
): Promise<{ bookings: BookingView[]; total: number; nextCursor: string | null }> {
  const filters = { ...input, from: from && new Date(from), to: to && new Date(to) };
  const found = await queries.listBookings(orm.em.fork(), userId, { ...omitEmpty(filters), limit: input.limit });
  return { ...found, bookings: found.bookings.map(bookingViewOf) };
}

/** What has not ended, next one first, without removed ones. */
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
function omitEmpty<Filters extends object>(filters: Filters): Filters {
  return Object.fromEntries(Object.entries(filters).filter(([, value]) => value !== '' && value !== undefined)) as Filters;
}
