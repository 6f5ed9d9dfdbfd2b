/** Bookings as an iCalendar file (RFC 5545). Pure: the same text for the same bookings. */
import { setImmediate } from 'node:timers/promises';
import ical, { escape, ICalCalendarMethod } from 'ical-generator';
import type { FeedBooking, SharedFeedBooking } from '#db/queries/calendar-feeds.ts';
import { studioZone } from '#domain/studio-zone.ts';
import { plainText } from '#domain/plain-text.ts';
import { createEventWriter, eventUid, folded, text, utc, zone } from '#notifications/calendars/vevent.ts';
import type { SharedStaleness, Staleness } from './staleness.ts';

export interface CalendarOptions {
  name: string;
  /** Minutes before the start at which calendars should ring. */
  alarmMinutes: number[];
  /** How often calendars should ask again. */
  refreshMinutes: number;
  /** Stands below the description of each event. */
  note?: string;
  /** Where it is older than usual. */
  stale?: Staleness | null;
  /** Where what others share is. */
  staleShared?: SharedStaleness | null;
  /** Where to do something about that. */
  link?: string;
}

/** Raise it with every change of what is written here or of an event, so that calendars fetch the new text. */
export const renderingRevision = 4;

/** Other requests wait for as long at most while a long calendar is written. */
const sliceMs = 5;
/** A look at the clock costs less than one event, but not nothing. */
const eventsALook = 20;

/** From bookings that come some at a time. The lines end with CRLF and hold at most 75 octets. */
export async function renderCalendar(
  options: CalendarOptions,
  bookings: Iterable<RenderedBooking[]> | AsyncIterable<RenderedBooking[]>,
): Promise<string> {
  const { stale, staleShared, link = '' } = options;
  const write = writerOf(options);
  const warnings = [stale, staleShared?.event].flatMap((one) => (one ? [folded(staleLines(one, link))] : []));
  const parts = [head(options), ...warnings];
  let sliceEnds = performance.now() + sliceMs;
  for await (const some of bookings)
    for (const [index, booking] of some.entries()) {
      parts.push(folded(write(booking)));
      if (index % eventsALook !== 0 || performance.now() < sliceEnds) continue;
      await setImmediate();
      sliceEnds = performance.now() + sliceMs;
    }
  return `${parts.join('')}${calendarEnd}\r\n`;
}

type RenderedBooking = FeedBooking & Partial<SharedFeedBooking>;

/** Under each event the note of those whose rental it is. */
function writerOf({ alarmMinutes, note, stale, staleShared }: CalendarOptions): (booking: RenderedBooking) => string[] {
  const writeOwn = createEventWriter(alarmMinutes, note ?? stale?.note);
  const writeFresh = createEventWriter(alarmMinutes);
  const notes = Object.entries(staleShared?.notes ?? {});
  const writers = new Map(notes.map(([ownerId, words]) => [ownerId, createEventWriter(alarmMinutes, words)]));
  return (booking) => {
    const { ownerId } = booking;
    const write = ownerId ? (writers.get(ownerId) ?? writeFresh) : writeOwn;
    return write(booking);
  };
}

const calendarEnd = 'END:VCALENDAR';

function head({ name, refreshMinutes }: CalendarOptions): string {
  const calendar = ical({
    name: escape(plainText(name), false),
    prodId: { company: 'gibney-sync', product: 'rentals', language: 'EN' },
    method: ICalCalendarMethod.PUBLISH,
    scale: 'GREGORIAN',
    ttl: refreshMinutes * 60,
    x: { 'X-WR-TIMEZONE': studioZone },
  });
  return calendar.toString().slice(0, -calendarEnd.length) + zone();
}

/** That the calendar is old, over the whole day, on which nothing is busy for that. */
function staleLines({ event, since }: Staleness, link: string): string[] {
  if (!event) return [];
  return [
    'BEGIN:VEVENT',
    `UID:${eventUid(event.uid)}`,
    `SEQUENCE:${event.sequence}`,
    `DTSTAMP:${utc(since)}`,
    `DTSTART;VALUE=DATE:${event.day.replaceAll('-', '')}`,
    `SUMMARY:${text(event.title)}`,
    `DESCRIPTION:${text(event.description)}\\n${text(link)}`,
    `URL;VALUE=URI:${link}`,
    'STATUS:CONFIRMED',
    'TRANSP:TRANSPARENT',
    'END:VEVENT',
  ];
}
