/** Instants as the studio's clock shows them. */
import { Temporal } from 'temporal-polyfill';

export const studioTimeZone = 'America/New_York';

/** What calendars can be told of an instant: New York's clock, or UTC where that clock would mean another instant. */
export interface ClockTime {
  at: Temporal.ZonedDateTime;
  /** True where the clock shows this time for the second time that day: autumn's repeated hour. */
  repeated: boolean;
}

export function studioClock(instant: Date): ClockTime {
  const at = Temporal.Instant.fromEpochMilliseconds(instant.getTime()).toZonedDateTimeISO(studioTimeZone);
  const first = at.toPlainDateTime().toZonedDateTime(studioTimeZone, { disambiguation: 'earlier' });
  return { at, repeated: first.epochMilliseconds !== at.epochMilliseconds };
}

/** `2026-07-04 15:05` */
export function studioWallClock(instant: Date): string {
  const { at } = studioClock(instant);
  return at.toPlainDateTime().toString({ smallestUnit: 'minute' }).replace('T', ' ');
}
