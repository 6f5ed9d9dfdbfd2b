import type { Caller } from '../trpc/router.ts';

/** Longer than a rental lasts. */
const longestMs = 12 * 3_600_000;

/** A page of a group's rentals: what has not ended, the next one first, or what has begun, newest first. */
export async function loadGroupRentals(
  api: Caller,
  { id, past, cursor }: { id: string; past: boolean; cursor: string | null },
) {
  const now = Date.now();
  const at = (time: number) => new Date(time).toISOString();
  const span = past ? { to: at(now) } : { from: at(now - longestMs), soonestFirst: true };
  const { bookings, nextCursor } = await api.groups.bookings({ id, ...span, limit: 100, cursor });
  return { rentals: past ? bookings : bookings.filter(({ endsAt }) => Date.parse(endsAt) > now), nextCursor };
}
