/** Quiet hours: no automatic syncs then. What somebody asks for goes on at any time. */
import { Temporal } from 'temporal-polyfill';

/** Where the studios are; the zone of whoever chose none. */
export const studioZone = 'America/New_York';

export interface QuietHours {
  /** `HH:MM`, the first quiet minute. */
  from: string;
  /** `HH:MM`, the first minute that is not quiet; earlier than `from` where midnight lies between. */
  to: string;
  /** IANA name. */
  timeZone: string;
}

/** Those who wake at the same minute are spread over this long. */
const spreadMs = 5 * 60_000;

/**
 * The same moment, or, where it lies in quiet hours, shortly after their end. Both ends are wall-clock times, whatever
 * daylight saving does in between. `random` is in [0, 1).
 */
export function afterQuietHours(at: Date, quiet: QuietHours | null, random = Math.random()): Date {
  const end = quiet && endOfQuiet(at, quiet);
  return end ? new Date(end.getTime() + Math.floor(random * spreadMs)) : at;
}

function endOfQuiet(at: Date, { from, to, timeZone }: QuietHours): Date | null {
  const local = Temporal.Instant.fromEpochMilliseconds(at.getTime()).toZonedDateTimeISO(timeZone);
  const clock = local.toPlainTime().toString().slice(0, 5);
  const overMidnight = from > to;
  const isQuiet = overMidnight ? clock >= from || clock < to : clock >= from && clock < to;
  if (!isQuiet) return null;
  const endsTomorrow = overMidnight && clock >= from;
  const day = local.toPlainDate().add({ days: endsTomorrow ? 1 : 0 });
  return new Date(day.toZonedDateTime({ timeZone, plainTime: Temporal.PlainTime.from(to) }).epochMilliseconds);
}
