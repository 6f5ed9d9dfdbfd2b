/** Rentals for the first page, made up and said to be so. They lie in the days after `now`, in New York. */
import type { BookingView } from '#domain/shapes/bookings.ts';
import { addDays, startOfDay } from '#lib/time/days.ts';
import { dayKey } from '#lib/time/new-york.ts';

const rows = [
  { day: 1, from: 18, hours: 2, studio: 'Studio A', location: '280 Broadway (Lower Manhattan)', cents: 4800 },
  { day: 1, from: 20, hours: 1.5, studio: 'Studio C', location: '280 Broadway (Lower Manhattan)', cents: 3600 },
  { day: 3, from: 10, hours: 3, studio: 'Studio 5-2', location: '890 Broadway (Union Square)', cents: 7200 },
  { day: 6, from: 13, hours: 2, studio: 'Studio A', location: '280 Broadway (Lower Manhattan)', cents: 4800 },
];

export function sampleRentals(now: number): BookingView[] {
  return rows.map(({ day, from, hours, studio, location, cents }, index) => {
    const midnight = Date.parse(startOfDay(addDays(dayKey(now), day)));
    const startsAt = midnight + from * 3_600_000;
    return {
      id: `sample-${index}`,
      recordId: `sample-${index}`,
      name: `R-00${1041 + index}`,
      startsAt: new Date(startsAt).toISOString(),
      endsAt: new Date(startsAt + hours * 3_600_000).toISOString(),
      studio,
      location,
      status: 'Approved',
      priceCents: cents,
      recordUrl: '',
      removedAt: null,
      groupId: null,
    };
  });
}

export const sampleNotes = new Map([['sample-0', ['moved from 5:00 PM']]]);
