/** Instants as the studio's clock shows them. */
import { Temporal } from 'temporal-polyfill';

export const studioTimeZone = 'America/New_York';

/** Daylight saving as calendars are told of it began with this year; before, the clocks changed on other days. */
const rulesSince = Date.UTC(2007, 0, 1);

/**
 * The studio's clock at an instant. Null where a calendar may read another instant from it: in the hour that autumn
 * repeats, which some take for the first and some for the second, and before the present rules of daylight saving.
 */
export function studioClock(instant: Date): Temporal.ZonedDateTime | null {
  const at = inStudio(instant);
  const [first, second] = (['earlier', 'later'] as const).map((disambiguation) =>
    at.toPlainDateTime().toZonedDateTime(studioTimeZone, { disambiguation }),
  );
  return first!.equals(second!) && instant.getTime() >= rulesSince ? at : null;
}

/** `2026-07-04 15:05` */
export function studioWallClock(instant: Date): string {
  return inStudio(instant).toPlainDateTime().toString({ smallestUnit: 'minute' }).replace('T', ' ');
}

function inStudio(instant: Date): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(instant.getTime()).toZonedDateTimeISO(studioTimeZone);
}
