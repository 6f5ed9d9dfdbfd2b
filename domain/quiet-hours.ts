/** Quiet hours: no automatic syncs then. What somebody asks for is done at any time. */
import { Temporal } from 'temporal-polyfill';

export interface QuietHours {
  /** `HH:MM`, the first quiet minute. */
  from: string;
  /** `HH:MM`, the first minute that is not quiet; earlier than `from` where midnight lies between. */
  to: string;
  /** IANA name. */
  timeZone: string;
}

/** Syncs that wake at the same minute are spread over this long. */
const spreadMs = 5 * 60_000;

/** A sync begins a moment after it is due, and must not find that the next quiet hours have begun: late ones would wait forever. */
const spreadShare = 0.5;

/**
 * The same moment, or, where it lies in quiet hours, shortly after their end: never so late that the next ones have begun.
 * Quiet is what the wall clock shows as quiet, so an hour that autumn repeats may be quiet twice; an end that spring
 * skips is as much later as the clock jumps. `random` is in [0, 1).
 */
export function afterQuietHours(at: Date, quiet: QuietHours | null, random = Math.random()): Date {
  if (!quiet || !isQuiet(at.getTime(), quiet)) return at;
  const end = nextReading(quiet.to, at.getTime(), quiet, (ms) => !isQuiet(ms, quiet));
  const awakeMs = nextReading(quiet.from, end, quiet, (ms) => isQuiet(ms, quiet)) - end;
  const spread = end + Math.floor(random * Math.min(spreadMs, awakeMs * spreadShare));
  return new Date(isQuiet(spread, quiet) ? end : spread);
}

/** The next time after `at` that the clock shows `time`, once a day even where autumn repeats it; where spring skips it, just after. */
export function nextOnClock(time: string, at: Date, timeZone: string): Date {
  const plainTime = Temporal.PlainTime.from(time);
  const today = zoned(at.getTime(), timeZone).toPlainDate();
  for (let days = 0; ; days += 1) {
    const ms = today.add({ days }).toPlainDateTime(plainTime).toZonedDateTime(timeZone).epochMilliseconds;
    if (ms > at.getTime()) return new Date(ms);
  }
}

function isQuiet(ms: number, { from, to, timeZone }: QuietHours): boolean {
  const clock = zoned(ms, timeZone).toPlainTime().toString().slice(0, 5);
  return from > to ? clock >= from || clock < to : clock >= from && clock < to;
}

/** The first instant after `after` at which the clock is set to show `time` and that fits. */
function nextReading(time: string, after: number, { timeZone }: QuietHours, fits: (ms: number) => boolean): number {
  const plainTime = Temporal.PlainTime.from(time);
  const today = zoned(after, timeZone).toPlainDate();
  for (let days = 0; ; days += 1) {
    const reading = today.add({ days }).toPlainDateTime(plainTime);
    for (const disambiguation of ['earlier', 'later'] as const) {
      const ms = reading.toZonedDateTime(timeZone, { disambiguation }).epochMilliseconds;
      if (ms > after && fits(ms)) return ms;
    }
  }
}

function zoned(ms: number, timeZone: string): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(timeZone);
}
