/** Bookings as an iCalendar file. Pure, and the same text for the same bookings. */
import ical, { ICalCalendarMethod, ICalEventStatus } from 'ical-generator';
import type { BookingRow } from '../../../../../db/queries/bookings.ts';

export interface FeedOptions {
  name: string;
  /** Minutes before the start at which calendars should ring. */
  alarmMinutes: number[];
}

const hourInSeconds = 3_600;

export function renderFeed({ name, alarmMinutes }: FeedOptions, bookings: BookingRow[]): string {
  const calendar = ical({
    name,
    prodId: { company: 'gibney-sync', product: 'rentals', language: 'EN' },
    method: ICalCalendarMethod.PUBLISH,
    ttl: hourInSeconds,
  });
  for (const booking of bookings) {
    const event = calendar.createEvent({
      id: `${booking.id}@gibney-sync`,
      sequence: booking.sequence,
      stamp: booking.updatedAt,
      start: booking.startsAt,
      end: booking.endsAt,
      summary: [booking.studio, booking.name].filter(Boolean).join(' · '),
      location: [booking.studio, booking.location].filter(Boolean).join(', '),
      description: descriptionOf(booking),
      status: isCanceled(booking) ? ICalEventStatus.CANCELLED : ICalEventStatus.CONFIRMED,
      ...(booking.recordUrl && { url: booking.recordUrl }),
    });
    if (!isCanceled(booking)) for (const minutes of alarmMinutes) event.createAlarm({ triggerBefore: minutes * 60 });
  }
  return calendar.toString();
}

function descriptionOf({ name, status, priceCents }: BookingRow): string {
  const price = priceCents === null ? null : `$${(priceCents / 100).toFixed(2)}`;
  return [name, status, price].filter(Boolean).join('\n');
}

function isCanceled({ status, removedAt }: BookingRow): boolean {
  return removedAt !== null || /^cancel/i.test(status);
}
