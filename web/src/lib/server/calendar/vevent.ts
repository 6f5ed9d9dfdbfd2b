/**
 * One booking as the lines of a VEVENT, not folded yet. Written line by line and not through the calendar library's
 * objects, which take a second of the processor for a calendar of 5,000.
 */
import { escape } from 'ical-generator';
import type { FeedBooking } from '#db/queries/calendar-feeds.ts';
import { addressOf } from '#lib/bookings/address.ts';
import { priceText } from '#lib/bookings/money.ts';
import { rentalMeaning, type RentalMeaning } from '#domain/rental-status.ts';
import { studioClock, studioTimeZone } from '#domain/studio-clock.ts';

export function eventLines(booking: FeedBooking, alarmMinutes: number[]): string[] {
  const { id, sequence, updatedAt, firstSeenAt, studio, name, location } = booking;
  const status = booking.removedAt ? 'CANCELLED' : eventStatus[rentalMeaning(booking.status)];
  const canceled = status === 'CANCELLED';
  const link = linkOf(booking);
  const title = text(studio, ' · ', name);
  return [
    'BEGIN:VEVENT',
    `UID:${id}@gibney-sync`,
    `SEQUENCE:${sequence}`,
    `DTSTAMP:${utc(updatedAt)}`,
    ...timeLines(booking),
    `SUMMARY:${title}`,
    `LOCATION:${text(studio, ', ', addressOf(location))}`,
    `DESCRIPTION:${descriptionOf(booking)}`,
    ...(link ? [`URL;VALUE=URI:${link}`] : []),
    `STATUS:${status}`,
    `TRANSP:${canceled ? 'TRANSPARENT' : 'OPAQUE'}`,
    `CREATED:${utc(firstSeenAt)}`,
    `LAST-MODIFIED:${utc(updatedAt)}`,
    ...(canceled ? [] : alarmMinutes.flatMap((minutes) => alarmLines(minutes, title))),
    'END:VEVENT',
  ];
}

function alarmLines(minutes: number, title: string): string[] {
  return ['BEGIN:VALARM', 'ACTION:DISPLAY', `TRIGGER:-PT${minutes}M`, `DESCRIPTION:${title}`, 'END:VALARM'];
}

/** On New York's clock, or in UTC where that clock could be misread. */
function timeLines({ startsAt, endsAt }: FeedBooking): string[] {
  const [start, end] = [studioClock(startsAt), studioClock(endsAt)];
  if (!start || !end) return [`DTSTART:${utc(startsAt)}`, `DTEND:${utc(endsAt)}`];
  const zone = `TZID=${studioTimeZone}`;
  return [`DTSTART;${zone}:${basic(start)}`, `DTEND;${zone}:${basic(end)}`];
}

/** `20260704T190500Z` */
function utc(instant: Date): string {
  return `${basic(instant)}Z`;
}

function basic(instant: Date): string {
  return instant.toISOString().slice(0, 19).replace(/[-:]/g, '');
}

const eventStatus = {
  confirmed: 'CONFIRMED',
  tentative: 'TENTATIVE',
  canceled: 'CANCELLED',
  declined: 'CANCELLED',
  unknown: 'CONFIRMED',
} as const satisfies Record<RentalMeaning, string>;

function descriptionOf({ name, status, priceCents, removedAt }: FeedBooking): string {
  const lines = [
    `Rental: ${plain(name)}`,
    `Status: ${plain(status)}`,
    ...(priceCents === null ? [] : [`Price: ${priceText(priceCents)}`]),
    ...(removedAt ? ['No longer on the Gibney portal.'] : []),
  ];
  return escape(lines.join('\n'), false);
}

function linkOf({ recordUrl }: FeedBooking): string | null {
  const url = URL.parse(recordUrl);
  return url && /^https?:$/.test(url.protocol) ? url.href : null;
}

function text(first: string, separator: string, second: string): string {
  return escape([first, second].map(plain).filter(Boolean).join(separator), false);
}

/** Control characters have no place in a calendar's texts. */
function plain(words: string): string {
  return words.replace(/\p{Cc}+/gu, ' ').trim();
}
