/**
 * Calendar days in New York, as keys such as `2026-11-24`, and what a calendar does with them. Counting days on keys
 * is safe from the changes of the clock; only `startOfDay` asks when a day begins.
 */
import { clockTime, dayKey } from './new-york.ts';

const dayMs = 86_400_000;
const monthName = new Intl.DateTimeFormat('en-US', { timeZone: 'UTC', month: 'long', year: 'numeric' });
const shortMonthName = new Intl.DateTimeFormat('en-US', { timeZone: 'UTC', month: 'short' });
const shortDate = new Intl.DateTimeFormat('en-US', { timeZone: 'UTC', month: 'short', day: 'numeric' });

export function isDayKey(text: string | null): text is string {
  if (!text || !/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const time = Date.parse(text);
  return !Number.isNaN(time) && keyOf(time) === text;
}

const keyOf = (utc: number) => new Date(utc).toISOString().slice(0, 10);

export function addDays(key: string, days: number): string {
  return keyOf(Date.parse(key) + days * dayMs);
}

/** 0 is Sunday. */
function weekdayOf(key: string): number {
  return new Date(key).getUTCDay();
}

/** `first` is the day on which weeks begin: Sunday, as on a wall calendar in New York, unless it is another. */
export function startOfWeek(key: string, first = 0): string {
  return addDays(key, -placeInWeek(key, first));
}

/** How many days after the beginning of its week; 0 is the first. */
export function placeInWeek(key: string, first = 0): number {
  return (weekdayOf(key) - first + 7) % 7;
}

export function startOfMonth(key: string): string {
  return `${key.slice(0, 7)}-01`;
}

/** The first day of the month so many months away. */
export function addMonths(key: string, months: number): string {
  const day = new Date(startOfMonth(key));
  day.setUTCMonth(day.getUTCMonth() + months);
  return keyOf(day.getTime());
}

/** So many days from this one on. */
export function daysFrom(key: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => addDays(key, index));
}

/** The weeks that a month touches, each of seven days. */
export function weeksOfMonth(key: string, first = 0): string[][] {
  const end = addMonths(key, 1);
  const weeks: string[][] = [];
  for (let day = startOfWeek(startOfMonth(key), first); day < end; day = addDays(day, 7)) weeks.push(daysFrom(day, 7));
  return weeks;
}

/** The moment, ISO 8601 in UTC, at which the day begins in New York. */
export function startOfDay(key: string): string {
  // Midnight is at 04:00 UTC in summer and at 05:00 in winter, and never falls into a change of the clock.
  const inSummer = `${key}T04:00:00.000Z`;
  return dayKey(inSummer) === key && clockTime(inSummer) === '12:00 AM' ? inSummer : `${key}T05:00:00.000Z`;
}

/** `November 2026` */
export function monthLabel(key: string): string {
  return monthName.format(new Date(key));
}

/** `Nov` */
export function shortMonthLabel(key: string): string {
  return shortMonthName.format(new Date(key));
}

/** `Nov 22 – 28, 2026`; `Nov 29 – Dec 5, 2026` */
export function weekLabel(first: string): string {
  const last = addDays(first, 6);
  const end = first.slice(0, 7) === last.slice(0, 7) ? String(Number(last.slice(8))) : shortDate.format(new Date(last));
  return `${shortDate.format(new Date(first))} – ${end}, ${last.slice(0, 4)}`;
}

const wallClock = new Intl.DateTimeFormat('en-US', {
  timeZone: 'America/New_York',
  hour: 'numeric',
  minute: 'numeric',
  hourCycle: 'h23',
});

/** Minutes since midnight on the wall clock in New York. */
export function minuteOfDay(moment: string | number): number {
  const parts = wallClock.formatToParts(new Date(moment));
  const part = (type: string) => Number(parts.find((one) => one.type === type)!.value);
  return part('hour') * 60 + part('minute');
}
