import { defineEntity, p } from '@mikro-orm/core';
import type { StoredFeedFilters } from '#domain/shapes/calendar.ts';
import { id, owner, time, timeOfCreation } from './columns.ts';

/** A calendar address of a user. The address is the only key to it, so it is found by hash and shown by unsealing. */
export const CalendarFeed = defineEntity({
  name: 'CalendarFeed',
  tableName: 'calendar_feeds',
  properties: {
    id: id(),
    userId: owner(),
    name: p.text(),
    /** SHA-256 of the token, hex. */
    tokenHash: p.text().unique(),
    tokenSealed: p.text().hidden(),
    filters: p.json<StoredFeedFilters>().defaultRaw(`'{}'::jsonb`),
    /** Minutes before the start at which calendars should ring. */
    alarmMinutes: p
      .array((minutes) => Number(minutes))
      .columnType('int[]')
      .defaultRaw(`'{}'`),
    createdAt: timeOfCreation(),
    /** The last change of what the feed shows or is called. */
    updatedAt: timeOfCreation(),
    revokedAt: time().nullable(),
    lastFetchedAt: time().nullable(),
  },
  indexes: [{ name: 'calendar_feeds_user_id_index', properties: ['userId', 'createdAt'] }],
});
