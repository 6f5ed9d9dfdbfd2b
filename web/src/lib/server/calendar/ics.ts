/** Bookings as an iCalendar file (RFC 5545). Pure: the same text for the same bookings. */
import { setImmediate } from 'node:timers/promises';
import { getVtimezoneComponent } from '@touch4it/ical-timezones';
import ical, { escape, foldLines, ICalCalendarMethod, ICalEventStatus, ICalEventTransparency } from 'ical-generator';
import type { ICalCalendar, ICalEventData } from 'ical-generator';
import type { FeedBooking } from '../../../../../db/queries/calendar-feeds.ts';
import { addressOf } from '../../bookings/address.ts';
import { priceText } from '../../bookings/money.ts';
import { studioClock, studioTimeZone } from './studio-clock.ts';

export interface CalendarOptions {
  name: string;
  /** Minutes before the start at which calendars should ring. */
  alarmMinutes: number[];
  /** How often calendars should ask again. */
  refreshMinutes: number;
}

/** Raise it with every change of what this file writes, so that calendars fetch the new text. */
export const renderingRevision = 1;

/** So many at a time, so that a long calendar does not hold up other requests. */
const batch = 100;

/** The lines end with CRLF and hold at most 75 octets. */
export async function renderCalendar(options: CalendarOptions, bookings: FeedBooking[]): Promise<string> {
  const parts = [head(options)];
  for (let from = 0; from < bookings.length; from += batch) {
    parts.push(renderEvents(options, bookings.slice(from, from + batch)));
    await setImmediate();
  }
  return `${parts.join('')}${calendarEnd}\r\n`;
}

const calendarEnd = 'END:VCALENDAR';

function head({ name, refreshMinutes }: CalendarOptions): string {
  const calendar = ical({
    name: escape(plain(name), false),
    prodId: { company: 'gibney-sync', product: 'rentals', language: 'EN' },
    method: ICalCalendarMethod.PUBLISH,
    scale: 'GREGORIAN',
    ttl: refreshMinutes * 60,
    x: { 'X-WR-TIMEZONE': studioTimeZone },
  });
  const zone = getVtimezoneComponent(studioTimeZone);
  if (!zone) throw new Error(`there is no description of ${studioTimeZone} to put into calendars`);
  const lines = zone.trim().split(/\r?\n/);
  return `${calendar.toString().slice(0, -calendarEnd.length)}${foldLines(lines.join('\r\n'))}\r\n`;
}

function renderEvents({ alarmMinutes }: CalendarOptions, bookings: FeedBooking[]): string {
  const calendar = ical();
  return foldLines(bookings.map((booking) => renderEvent(calendar, booking, alarmMinutes)).join(''));
}

function renderEvent(calendar: ICalCalendar, booking: FeedBooking, alarmMinutes: number[]): string {
  const status = eventStatus(booking);
  const canceled = status === ICalEventStatus.CANCELLED;
  const event = calendar.createEvent({
    ...timesOf(booking),
    id: `${booking.id}@gibney-sync`,
    sequence: booking.sequence,
    stamp: booking.updatedAt,
    lastModified: booking.updatedAt,
    created: booking.firstSeenAt,
    summary: inOneLine(booking.studio, booking.name),
    location: [booking.studio, addressOf(booking.location)].map(plain).filter(Boolean).join(', '),
    description: descriptionOf(booking),
    status,
    transparency: canceled ? ICalEventTransparency.TRANSPARENT : ICalEventTransparency.OPAQUE,
    url: linkOf(booking),
  });
  if (!canceled)
    for (const minutes of alarmMinutes)
      event.createAlarm({ triggerBefore: minutes * 60, description: inOneLine(booking.studio, booking.name) });
  return event.toString();
}

/** On New York's clock, or in UTC where that clock could be misread. */
function timesOf({ startsAt, endsAt }: FeedBooking): Pick<ICalEventData, 'start' | 'end' | 'timezone'> {
  const [start, end] = [studioClock(startsAt), studioClock(endsAt)];
  return start && end ? { start, end, timezone: studioTimeZone } : { start: startsAt, end: endsAt };
}

const tentative = /^(pending|tentative|requested|submitted|hold|on hold|wait|draft|new|in review|under review)/i;

function eventStatus({ status, removedAt }: FeedBooking): ICalEventStatus {
  if (removedAt !== null || /^cancel/i.test(status)) return ICalEventStatus.CANCELLED;
  return tentative.test(status.trim()) ? ICalEventStatus.TENTATIVE : ICalEventStatus.CONFIRMED;
}

function descriptionOf({ name, status, priceCents, removedAt }: FeedBooking): string {
  const price = priceText(priceCents);
  const lines = [
    `Rental: ${plain(name)}`,
    `Status: ${plain(status)}`,
    price && `Price: ${price}`,
    removedAt && 'No longer on the Gibney portal.',
  ];
  return lines.filter(Boolean).join('\n');
}

function linkOf({ recordUrl }: FeedBooking): string | null {
  const url = URL.parse(recordUrl);
  return url && /^https?:$/.test(url.protocol) ? url.href : null;
}

function inOneLine(...words: string[]): string {
  return words.map(plain).filter(Boolean).join(' · ');
}

/** Control characters have no place in a calendar's texts. */
function plain(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ').trim();
}
