import { defineEntity, p } from '@mikro-orm/core';
import { CalendarConnection } from './calendar-connection.ts';
import { time } from './columns.ts';

/** What we have written of a booking into a connected calendar. */
export const CalendarEvent = defineEntity({
  name: 'CalendarEvent',
  tableName: 'calendar_events',
  primaryKeys: ['connectionId', 'bookingId'],
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
    /** Within the calendar. */
    href: p.text(),
    /** Of its UID. */
    name: p.text(),
    /** Null where the server gives none that can be compared. */
    etag: p.text().nullable(),
    /** As we wrote it last, without the mark of what is canceled. Null: not yet, or before this was kept. */
    title: p.text().nullable(),
    /** Of all that is written of the booking. */
    contentHash: p.text(),
    /** Of the booking, as it was written. */
    sequence: p.integer(),
    /**
     * `intended`: about to be made, so that one that was cut off is known. `deleted` by the person, or `refused` by the server:
     * neither is written again until the booking changes.
     */
    state: p
      .text()
      .$type<'intended' | 'written' | 'deleted' | 'refused'>()
      .default('written')
      .check(`state in ('intended', 'written', 'deleted', 'refused')`),
    /** Since when the server fails on it; kept when it is given up, so that the next day it has one try and not an hour of them. */
    failingSince: time().nullable(),
    /** Not before then; null where nothing is in its way. */
    retryAt: time().nullable(),
    /** When it was last brought in line, or refused. Null: before this was kept. */
    writtenAt: time().nullable(),
    /** With what the server refused it, or fails on it. */
    answerStatus: p.integer().nullable(),
    answerReason: p.text().nullable(),
  },
});
