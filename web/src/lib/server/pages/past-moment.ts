/** A past moment as people name it: what a clock in New York showed, which may mean two moments in autumn. */
import { Temporal } from 'temporal-polyfill';

const zone = 'America/New_York';

/** The moments, in ISO 8601, that `2026-11-01T01:30` can mean in New York; none of what is no time. A moment with its zone is itself. */
export function momentsOf(typed: string): string[] {
  try {
    if (/(Z|[+-]\d{2}:\d{2})$/.test(typed)) return [iso(Temporal.Instant.from(typed))];
    const clock = Temporal.PlainDateTime.from(typed);
    // In the hour that spring skips both give a moment: the clock showed neither, so the later stands for it.
    const both = (['earlier', 'later'] as const).map((disambiguation) =>
      clock.toZonedDateTime(zone, { disambiguation }),
    );
    const shown = both.filter((one) => one.toPlainDateTime().equals(clock));
    return [...new Set((shown.length > 0 ? shown : [both[1]!]).map((one) => iso(one.toInstant())))];
  } catch {
    // What is no time is said by who asked for one.
    return [];
  }
}

/** The other moments at which the clock in New York showed the same. */
export function twinsOf(moment: string): string[] {
  return momentsOf(clockOf(moment)).filter((other) => Math.abs(Date.parse(other) - Date.parse(moment)) > 30 * 60_000);
}

/** Whether a clock in New York never showed this: spring skips an hour. */
export function isSkipped(typed: string): boolean {
  const [at, other] = momentsOf(typed);
  return (
    at !== undefined && other === undefined && !/(Z|[+-]\d{2}:\d{2})$/.test(typed) && clockOf(at) !== typed.slice(0, 16)
  );
}

/** What a field of a form takes: `2026-11-24T18:00`. */
export function clockOf(moment: string): string {
  return Temporal.Instant.from(moment).toZonedDateTimeISO(zone).toPlainDateTime().toString({ smallestUnit: 'minute' });
}

/** `EST` or `EDT` */
export function zoneAt(moment: string): string {
  return Temporal.Instant.from(moment).toZonedDateTimeISO(zone).offset === '-04:00' ? 'EDT' : 'EST';
}

function iso(instant: Temporal.Instant): string {
  return new Date(instant.epochMilliseconds).toISOString();
}
