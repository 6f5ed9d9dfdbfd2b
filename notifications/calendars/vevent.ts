/**
 * Bookings as the lines of VEVENTs, not folded yet. Written line by line and not through the calendar library's
 * objects, which take a second of the processor for a calendar of 5,000.
 */
import { getVtimezoneComponent } from '@touch4it/ical-timezones';
import { escape, foldLines } from 'ical-generator';
import type { FeedBooking } from '#db/queries/calendar-feeds.ts';
import { priceText } from '#domain/money.ts';
import { plainText } from '#domain/plain-text.ts';
import { addressOf } from '#domain/postal-address.ts';
import { isGone, rentalMeaning, type RentalMeaning } from '#domain/rental-status.ts';
import { studioClock } from '#domain/studio-clock.ts';
import { studioZone } from '#domain/studio-zone.ts';

/** One per booking, forever, so that a calendar recognizes it. */
export const eventUid = (name: string): string => `${name}@gibney-sync`;

/** Writes the events of one calendar. `note` stands below each description. */
export function createEventWriter(alarmMinutes: number[], note?: string): (booking: FeedBooking) => string[] {
  const noteText = note ? `\\n${text(note)}` : '';
  // A long calendar has the same few studios, places, statuses and prices again and again.
  const known = memoized((words: string) => text(words));
  const address = memoized((location: string) => text(addressOf(location)));
  // Many were seen and changed by the same sync.
  const stamp = memoized((ms: number) => utc(new Date(ms)));
  const price = memoized((cents: number) => `\\nPrice: ${text(priceText(cents))}`);
  return (booking) => {
    const { id, sequence, firstSeenAt, studio, name, location, priceCents } = booking;
    const gone = isGone(booking);
    const status = gone ? 'CANCELLED' : eventStatus[rentalMeaning(booking.status)];
    const canceled = status === 'CANCELLED';
    const link = linkOf(booking);
    const rental = text(name);
    // Some calendars show what is canceled like anything else.
    const title = `${canceled ? 'Canceled: ' : ''}${joined(known(studio), ' · ', rental)}`;
    const updated = stamp(booking.updatedAt.getTime());
    return [
      'BEGIN:VEVENT',
      `UID:${eventUid(id)}`,
      `SEQUENCE:${sequence}`,
      `DTSTAMP:${updated}`,
      ...timeLines(booking),
      `SUMMARY:${title}`,
      `LOCATION:${joined(known(studio), '\\, ', address(location))}`,
      `DESCRIPTION:Rental: ${rental}\\nStatus: ${known(booking.status)}${priceCents === null ? '' : price(priceCents)}${
        gone ? '\\nNo longer on the Gibney portal.' : ''
      }${noteText}`,
      ...(link ? [`URL;VALUE=URI:${link}`] : []),
      `STATUS:${status}`,
      `TRANSP:${canceled ? 'TRANSPARENT' : 'OPAQUE'}`,
      `CREATED:${stamp(firstSeenAt.getTime())}`,
      `LAST-MODIFIED:${updated}`,
      ...(canceled ? [] : alarmMinutes.flatMap((minutes) => alarmLines(minutes, title))),
      'END:VEVENT',
    ];
  };
}

/** Without the mark of what is canceled, as a calendar shows it. */
export function titleOf({ studio, name }: Pick<FeedBooking, 'studio' | 'name'>): string {
  return joined(plainText(studio), ' · ', plainText(name));
}

function memoized<Key>(make: (key: Key) => string): (key: Key) => string {
  const made = new Map<Key, string>();
  return (key) => {
    const before = made.get(key);
    if (before !== undefined) return before;
    const value = make(key);
    made.set(key, value);
    return value;
  };
}

function alarmLines(minutes: number, title: string): string[] {
  return ['BEGIN:VALARM', 'ACTION:DISPLAY', `TRIGGER:-PT${minutes}M`, `DESCRIPTION:${title}`, 'END:VALARM'];
}

/**
 * On New York's clock, or in UTC where that clock could be misread. An end has to come after its start: what ends when it
 * starts has none.
 */
function timeLines({ startsAt, endsAt }: FeedBooking): string[] {
  const [start, end] = [studioClock(startsAt), studioClock(endsAt)];
  const lasts = endsAt > startsAt;
  if (!start || !end) return [`DTSTART:${utc(startsAt)}`, ...(lasts ? [`DTEND:${utc(endsAt)}`] : [])];
  const zone = `TZID=${studioZone}`;
  return [`DTSTART;${zone}:${basic(start)}`, ...(lasts ? [`DTEND;${zone}:${basic(end)}`] : [])];
}

/** `20260704T190500Z` */
export function utc(instant: Date): string {
  return `${basic(instant)}Z`;
}

/** By hand, since it is written five times for each event and cutting up ISO texts took a quarter of the time. */
function basic(instant: Date): string {
  const date =
    `${instant.getUTCFullYear()}`.padStart(4, '0') + two(instant.getUTCMonth() + 1) + two(instant.getUTCDate());
  return `${date}T${two(instant.getUTCHours())}${two(instant.getUTCMinutes())}${two(instant.getUTCSeconds())}`;
}

function two(value: number): string {
  return value < 10 ? `0${value}` : `${value}`;
}

const eventStatus = {
  confirmed: 'CONFIRMED',
  tentative: 'TENTATIVE',
  canceled: 'CANCELLED',
  declined: 'CANCELLED',
  unknown: 'CONFIRMED',
} as const satisfies Record<RentalMeaning, string>;

function linkOf({ recordUrl }: FeedBooking): string | null {
  const url = URL.parse(recordUrl);
  return url && /^https?:$/.test(url.protocol) ? url.href : null;
}

function joined(first: string, separator: string, second: string): string {
  return first && second ? first + separator + second : first || second;
}

export function text(words: string): string {
  return escape(plainText(words), false);
}

/** The description of the studios' clock that events on it refer to. */
export function zone(): string {
  const component = getVtimezoneComponent(studioZone);
  if (!component) throw new Error(`there is no description of ${studioZone} to put into calendars`);
  return folded(component.trim().split(/\r?\n/));
}

/** The library leaves shorter lines as they are, after a look at each letter. */
const unfoldedOctets = 74;

export function folded(lines: string[]): string {
  let all = '';
  for (const line of lines) all += `${Buffer.byteLength(line) > unfoldedOctets ? foldLines(line) : line}\r\n`;
  return all;
}
