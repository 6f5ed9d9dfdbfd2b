import type { z } from 'zod';
import * as queries from '#db/queries/bookings.ts';
import type { bookingList, upcomingList } from '../schemas/inputs.ts';
import type { Services } from '../services.ts';

/** Newest start first. Throws `BadCursorError`. */
export function listBookings(
  { orm }: Services,
  userId: string,
  { limit, cursor, from, to, ...words }: z.output<typeof bookingList>,
) {
  const times = { from: from ? new Date(from) : undefined, to: to ? new Date(to) : undefined };
  return queries.listBookings(orm.em.fork(), userId, { ...withoutEmpty(words), ...times, limit, cursor });
}

/** What has not ended, next one first, without removed and canceled ones. */
export function listUpcoming({ orm }: Services, userId: string, { limit }: z.output<typeof upcomingList>) {
  return queries.upcomingBookings(orm.em.fork(), userId, new Date(), limit);
}

/** An empty filter is how a form says "all". */
export function withoutEmpty<Words extends Record<string, string | undefined>>(words: Words): Words {
  return Object.fromEntries(Object.entries(words).filter(([, value]) => value)) as Words;
}
