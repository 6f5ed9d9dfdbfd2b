/** What a calendar feed holds and when it rings, in words. */
import type { CalendarFeedView } from '#domain/shapes/calendar.ts';

/** The alarms that the form offers, minutes before the start. */
export const offeredAlarms = [0, 15, 30, 60, 120, 1440];

export function alarmLabel(minutes: number): string {
  if (minutes === 0) return 'at the start';
  if (minutes % 1440 === 0) return minutes === 1440 ? 'a day before' : `${minutes / 1440} days before`;
  if (minutes % 60 === 0) return minutes === 60 ? 'an hour before' : `${minutes / 60} hours before`;
  return `${minutes} minutes before`;
}

/** `All rentals`; `Studio A and Studio B, at 280 Broadway, only upcoming, canceled ones hidden`. */
export function contentsOf({ filters }: Pick<CalendarFeedView, 'filters'>): string {
  const { studios, locations, statuses, upcomingOnly, hideCanceled } = filters;
  const parts = [
    studios.length > 0 ? list(studios) : 'All rentals',
    locations.length > 0 && `at ${list(locations)}`,
    statuses.length > 0 && `status ${list(statuses)}`,
    upcomingOnly && 'only upcoming',
    hideCanceled && 'canceled ones hidden',
  ];
  return parts.filter((part) => part !== false).join(', ');
}

export function alarmsOf({ alarmMinutes }: Pick<CalendarFeedView, 'alarmMinutes'>): string {
  return alarmMinutes.length === 0 ? 'no alerts' : `alerts ${list(alarmMinutes.map(alarmLabel))}`;
}

function list(texts: string[]): string {
  return texts.length < 2 ? (texts[0] ?? '') : `${texts.slice(0, -1).join(', ')} and ${texts.at(-1)}`;
}
