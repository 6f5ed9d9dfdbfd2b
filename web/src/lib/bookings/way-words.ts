/** The way from one rental to the next, and what comes every week, in words. */
import type { Pattern } from '#domain/patterns.ts';
import { placeOf } from '#domain/place.ts';
import type { BookingView } from '#domain/shapes/bookings.ts';
import type { Trip } from '#domain/travel.ts';
import { clockTime, dayLabel, timeRange } from '#lib/time/new-york.ts';

/** `leave by 7:35 PM`; `25 min on the way, 10 min late` */
export function tripText({ minutes, leaveBy, lateBy }: Trip): string {
  return lateBy > 0 ? `${minutes} min on the way, ${lateBy} min late` : `leave by ${clockTime(leaveBy)}`;
}

/** Longer than this is a day, whatever it is. */
const dayMs = 20 * 3_600_000;

/** `You have something else from 6:30 to 7:30 PM in your calendar` */
export function busyText({ startsAt, endsAt }: { startsAt: string; endsAt: string }): string {
  const isDay = Date.parse(endsAt) - Date.parse(startsAt) >= dayMs;
  const time = isDay ? 'all day' : `from ${timeRange(startsAt, endsAt).replace(' – ', ' to ')}`;
  return `You have something else ${time} in your calendar`;
}

/** `Tue Nov 24, 6:00 – 8:00 PM, Studio C, 280 Broadway` */
export function shareText({ startsAt, endsAt, studio, location }: BookingView): string {
  const parts = [dayLabel(startsAt), timeRange(startsAt, endsAt), studio, placeOf(location).street];
  return parts.filter(Boolean).join(', ');
}

const weekdays = ['Sundays', 'Mondays', 'Tuesdays', 'Wednesdays', 'Thursdays', 'Fridays', 'Saturdays'];
const shortDate = new Intl.DateTimeFormat('en-US', { timeZone: 'UTC', month: 'short', day: 'numeric' });
const dates = new Intl.ListFormat('en-US');

/** `Tuesdays 7 PM, Studio E, 6 more` */
export function patternText({ weekday, clock, studio, count }: Pattern): string {
  return `${weekdays[weekday]} ${hourText(clock)}, ${studio}, ${count} more`;
}

/** `Dec 15 is missing`; null where no week lacks one. */
export function missingText({ missing }: Pattern): string | null {
  if (missing.length === 0) return null;
  const days = dates.format(missing.map((day) => shortDate.format(new Date(day))));
  return `${days} ${missing.length === 1 ? 'is' : 'are'} missing`;
}

/** `7 PM`, `7:30 PM` */
function hourText(clock: string): string {
  const [hour, minute] = clock.split(':').map(Number) as [number, number];
  const rest = minute === 0 ? '' : `:${String(minute).padStart(2, '0')}`;
  return `${hour % 12 || 12}${rest} ${hour < 12 ? 'AM' : 'PM'}`;
}
