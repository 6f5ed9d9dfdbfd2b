/** Instants as the studio's clock shows them. */
import { Temporal } from 'temporal-polyfill';
import { studioZone } from './studio-zone.ts';

const dayMs = 86_400_000;

/** Daylight saving as it is given to calendars began with this year; before, the clocks changed on other days. */
const rulesSince = Date.UTC(2007, 0, 1);

/**
 * The studio's clock at an instant, as the UTC fields of a date. Null where a calendar may read another instant from
 * it: in the hour that autumn repeats, which some take for the first and some for the second, and before the present
 * rules of daylight saving.
 */
export function studioClock(instant: Date): Date | null {
  const ms = instant.getTime();
  if (ms < rulesSince) return null;
  const offset = offsetAllDay(ms);
  if (offset !== null) return new Date(ms + offset);
  return isRepeated(instant) ? null : onStudioClock(instant);
}

/** `2026-07-04 15:05` */
export function studioWallClock(instant: Date): string {
  return onStudioClock(instant).toISOString().slice(0, 16).replace('T', ' ');
}

function onStudioClock(instant: Date): Date {
  const ms = instant.getTime();
  return new Date(ms + (offsetAllDay(ms) ?? offsetAt(ms)));
}

interface Year {
  /** The clock's distance from UTC in milliseconds, as the year begins. */
  offset: number;
  changes: { at: number; offset: number }[];
}

/** Long calendars ask for the same years again and again, and each look into the time zone's table costs. */
const years = new Map<number, Year>();

const days = new Map<number, number | null>();
const mostDays = 10_000;

/** The clock's distance from UTC in milliseconds on the instant's UTC day; null where it changes that day. */
function offsetAllDay(ms: number): number | null {
  const day = Math.floor(ms / dayMs);
  const known = days.get(day);
  if (known !== undefined) return known;
  if (days.size > mostDays) days.clear();
  const offset = findOffsetAllDay(ms, day);
  days.set(day, offset);
  return offset;
}

function findOffsetAllDay(ms: number, day: number): number | null {
  const { offset, changes } = yearOf(ms);
  if (changes.some(({ at }) => Math.floor(at / dayMs) === day)) return null;
  return changes.findLast(({ at }) => at <= ms)?.offset ?? offset;
}

function yearOf(ms: number): Year {
  const year = new Date(ms).getUTCFullYear();
  const known = years.get(year);
  if (known) return known;
  let clock = inStudio(Date.UTC(year));
  const found: Year = { offset: offsetOf(clock), changes: [] };
  for (const end = Date.UTC(year + 1); ;) {
    const change = clock.getTimeZoneTransition('next');
    if (!change || change.epochMilliseconds >= end) break;
    found.changes.push({ at: change.epochMilliseconds, offset: offsetOf(change) });
    clock = change;
  }
  if (years.size > 1_000) years.clear();
  years.set(year, found);
  return found;
}

function offsetOf(clock: Temporal.ZonedDateTime): number {
  return clock.offsetNanoseconds / 1_000_000;
}

function offsetAt(ms: number): number {
  return offsetOf(inStudio(ms));
}

function isRepeated(instant: Date): boolean {
  const clock = inStudio(instant.getTime()).toPlainDateTime();
  const [first, second] = (['earlier', 'later'] as const).map((disambiguation) =>
    clock.toZonedDateTime(studioZone, { disambiguation }),
  );
  return !first!.equals(second!);
}

function inStudio(ms: number): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(studioZone);
}
