import { createHash } from 'node:crypto';
import { CalendarFeed } from '../../../../../db/entities/calendar-feed.ts';
import { listBookings } from '../../../../../db/queries/bookings.ts';
import { ApiError } from '../errors.ts';
import type { Services } from '../services.ts';
import { hashOf } from './feeds.ts';
import { renderFeed } from './ics.ts';

/** More than anybody has; the feed is built in one go. */
const mostBookings = 10_000;

export interface ServedFeed {
  text: string;
  /** Quoted, as the header wants it. */
  etag: string;
}

/** The feed behind a token. A revoked token and one that never was get the same `not_found`. */
export async function serveFeed({ orm }: Pick<Services, 'orm'>, token: string): Promise<ServedFeed> {
  const em = orm.em.fork();
  const feed = await em.findOne(CalendarFeed, { tokenHash: hashOf(token), revokedAt: null });
  if (!feed) throw new ApiError('not_found', 'There is no such calendar. Copy its address again from the settings.');
  const { bookings } = await listBookings(em, feed.userId, { limit: mostBookings, order: 'oldest', removed: false });
  const text = renderFeed({ name: feed.name, alarmMinutes: feed.alarmMinutes }, bookings);
  return { text, etag: `"${createHash('sha256').update(text).digest('base64url')}"` };
}
