/** Bookings as an iCalendar file (RFC 5545). Pure: the same text for the same bookings. */
import { setImmediate } from 'node:timers/promises';
import { getVtimezoneComponent } from '@touch4it/ical-timezones';
import ical, { escape, foldLines, ICalCalendarMethod } from 'ical-generator';
import type { FeedBooking } from '#db/queries/calendar-feeds.ts';
import { studioTimeZone } from '#domain/studio-clock.ts';
import { eventLines } from './vevent.ts';

export interface CalendarOptions {
  name: string;
  /** Minutes before the start at which calendars should ring. */
  alarmMinutes: number[];
  /** How often calendars should ask again. */
  refreshMinutes: number;
}

/** Raise it with every change of what is written here or of an event, so that calendars fetch the new text. */
export const renderingRevision = 1;

/** So many at a time, so that a long calendar does not hold up other requests. */
const batch = 250;

/** The lines end with CRLF and hold at most 75 octets. */
export async function renderCalendar(options: CalendarOptions, bookings: FeedBooking[]): Promise<string> {
  const parts = [head(options)];
  for (let from = 0; from < bookings.length; from += batch) {
    const events = bookings.slice(from, from + batch);
    parts.push(folded(events.flatMap((booking) => eventLines(booking, options.alarmMinutes))));
    await setImmediate();
  }
  return `${parts.join('')}${calendarEnd}\r\n`;
}

const calendarEnd = 'END:VCALENDAR';

function head({ name, refreshMinutes }: CalendarOptions): string {
  const calendar = ical({
    name: escape(name, false),
    prodId: { company: 'gibney-sync', product: 'rentals', language: 'EN' },
    method: ICalCalendarMethod.PUBLISH,
    scale: 'GREGORIAN',
    ttl: refreshMinutes * 60,
    x: { 'X-WR-TIMEZONE': studioTimeZone },
  });
  return calendar.toString().slice(0, -calendarEnd.length) + zone();
}

function zone(): string {
  const component = getVtimezoneComponent(studioTimeZone);
  if (!component) throw new Error(`there is no description of ${studioTimeZone} to put into calendars`);
  return folded(component.trim().split(/\r?\n/));
}

function folded(lines: string[]): string {
  return foldLines(lines.map((line) => `${line}\r\n`).join(''));
}
