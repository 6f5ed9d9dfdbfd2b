/** Instants as the studio's clock shows them. */
import { Temporal } from 'temporal-polyfill';

export const studioTimeZone = 'America/New_York';

const dayMs = 86_400_000;

/** Daylight saving as calendars are told of it began with this year; before, the clocks changed on other days. */
const rulesSince = Date.UTC(2007, 0, 1);

/**
 * The studio's clock at an instant, as the UTC fields of a date. Null where a calendar may read another instant from
 * it: in the hour that autumn repeats, which some take for the first and some for the second, and before the present
 * rules of daylight saving.
 */
export function studioClock(instant: Date): Date | null {
  const ms = instant.getTime();
  if (ms < rulesSince || (offsetAllDay(ms) === null && isRepeated(instant))) return null;
  return onStudioClock(instant);
}

/** `2026-07-04 15:05` */
export function studioWallClock(instant: Date): string {
  return onStudioClock(instant).toISOString().slice(0, 16).replace('T', ' ');
}

function onStudioClock(instant: Date): Date {
  const ms = instant.getTime();
  return new Date(ms + (offsetAllDay(ms) ?? offsetAt(ms)));
}

/** Long calendars ask for the same days again and again, and each look into the time zone's table costs. */
const offsets = new Map<number, number | null>();

/** The clock's distance from UTC in milliseconds on the instant's UTC day; null where it changes that day. */
function offsetAllDay(ms: number): number | null {
  const day = Math.floor(ms / dayMs);
  const known = offsets.get(day);
  if (known !== undefined) return known;
  const [first, last] = [offsetAt(day * dayMs), offsetAt((day + 1) * dayMs)];
  const offset = first === last ? first : null;
  if (offsets.size > 20_000) offsets.clear();
  offsets.set(day, offset);
  return offset;
}

function offsetAt(ms: number): number {
  return inStudio(ms).offsetNanoseconds / 1_000_000;
}

function isRepeated(instant: Date): boolean {
  const clock = inStudio(instant.getTime()).toPlainDateTime();
  const [first, second] = (['earlier', 'later'] as const).map((disambiguation) =>
    clock.toZonedDateTime(studioTimeZone, { disambiguation }),
  );
  return !first!.equals(second!);
}

function inStudio(ms: number): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(studioTimeZone);
}
