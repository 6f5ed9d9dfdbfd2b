import { defineEntity, p } from '@mikro-orm/core';
import { CalendarConnection } from './calendar-connection.ts';
import { time } from './columns.ts';

/** When a person has something else during a rental, by a calendar of theirs. Nothing else of their events is kept. */
export const CalendarClash = defineEntity({
  name: 'CalendarClash',
  tableName: 'calendar_clashes',
  primaryKeys: ['connectionId', 'bookingId', 'startsAt'],
  properties: {
    connectionId: p
      .manyToOne(CalendarConnection)
      .primary()
      .mapToPk()
      .joinColumn('connection_id')
      .deleteRule('cascade')
      .index(false),
    /** Without a reference: bookings go with their user only, as this does. */
    bookingId: p.uuid().primary(),
    startsAt: time().primary(),
    endsAt: time(),
  },
});
