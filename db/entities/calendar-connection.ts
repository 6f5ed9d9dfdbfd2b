import { defineEntity, p } from '@mikro-orm/core';
import type { CalendarFailureCode } from '#domain/calendar-failures.ts';
import type { ConnectionKind, ConnectionState, FoundCalendar } from '#domain/shapes/calendar-connections.ts';
import { id, owner, time, timeOfCreation } from './columns.ts';

/** A calendar of a person elsewhere, into which we write the rentals. */
export const CalendarConnection = defineEntity({
  name: 'CalendarConnection',
  tableName: 'calendar_connections',
  properties: {
    id: id(),
    userId: owner(),
    kind: p.text().$type<ConnectionKind>().default('caldav').check(`kind in ('caldav', 'google')`),
    /** As the person gave it; it decides where the password may go. Of Google, the API's. */
    serverUrl: p.text(),
    username: p.text(),
    /** The app password; of Google, the refresh token. */
    passwordSealed: p.text().hidden().lazy(),
    calendarUrl: p.text(),
    /** As the calendar was called when it was chosen. */
    name: p.text(),
    state: p
      .text()
      .$type<ConnectionState>()
      .default('filling')
      .check(`state in ('filling', 'ok', 'needs_you', 'failing')`),
    error: p.text().$type<CalendarFailureCode>().nullable(),
    /** Since when it fails; null while it works. */
    failingSince: time().nullable(),
    /** Since when it is refused for what may pass; null while it works, and after the person acted. */
    refusedSince: time().nullable(),
    /** The stop that the person was last told of; null once it has worked again. */
    toldOf: p.text().$type<CalendarFailureCode>().nullable(),
    /** Rises with each new password, so that a refusal of the one before does not count. */
    revision: p.integer().default(0),
    /** Since when there is something to write, or when to look again; null where the calendar is as it should be or waits for its person. */
    dueAt: time().nullable(),
    lastPushedAt: time().nullable(),
    /** When it was last held against the bookings. */
    lookedAt: time().nullable(),
    /** Disconnected: our events are being taken out, and then the row goes. */
    removingAt: time().nullable(),
    /** Disconnected, and our events stay: only the access is given back. */
    keepsEvents: p.boolean().default(false),
    /** Of the same account: when the person is busy by these is read. Empty where that is not wanted. */
    busyCalendars: p.json<FoundCalendar[]>().defaultRaw(`'[]'::jsonb`),
    /** When they were last read. */
    busyReadAt: time().nullable(),
    createdAt: timeOfCreation(),
    updatedAt: timeOfCreation(),
  },
  uniques: [
    {
      name: 'calendar_connections_calendar_unique',
      properties: ['userId', 'calendarUrl'],
      where: 'removing_at is null',
    },
  ],
  indexes: [
    { name: 'calendar_connections_user_id_index', properties: ['userId', 'createdAt'] },
    { name: 'calendar_connections_due_index', properties: ['dueAt'], where: 'due_at is not null' },
  ],
});
