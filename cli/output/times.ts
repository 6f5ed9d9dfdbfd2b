/** Times as people read them here: the studios' clock, in New York, whatever the zone of this machine. */
import { Temporal } from 'temporal-polyfill';
import { studioZone } from '#domain/studio-zone.ts';
import { agoText, untilText } from '#lib/time/spans.ts';
import { clockTime, dateLabel, dayKey, dayLabel, nextLabel, timeRange } from '#lib/time/new-york.ts';
import { exitCodes } from '../exit-codes.ts';
import { Refusal } from '../refusal.ts';

/** `Tue Nov 24`, with the year where it is another one. */
export function dayText(moment: string, now: number): string {
  const sameYear = dayKey(moment).slice(0, 4) === dayKey(now).slice(0, 4);
  return sameYear ? dayLabel(moment) : dateLabel(moment);
}

export function hoursText(start: string, end: string): string {
  return timeRange(start, end);
}

export function stampText(moment: string, now: number): string {
  return `${dayText(moment, now)}, ${clockTime(moment)}`;
}

/** `in 1 h 56 min, at 4:12 PM in New York` */
export function aheadText(moment: string, now: number): string {
  return `${untilText(Date.parse(moment) - now)}, ${nextLabel(moment, now)} in New York`;
}

export function sinceText(moment: string, now: number): string {
  return agoText(now - Date.parse(moment));
}

export const momentForms = '90m, 3h, 2d, 2026-11-24 (New York), 2026-11-24T18:00 (New York), or a moment with its zone';

/** A time from now on, or one of the clock; a day is meant from its beginning. In ISO 8601. */
export function momentAhead(given: string, now: number): string {
  const [, count, unit] = /^(\d{1,5})([mhd])$/.exec(given) ?? [];
  if (count) return new Date(now + Number(count) * unitMs[unit as keyof typeof unitMs]).toISOString();
  // A plain time would take any of these and leave the zone away.
  const hasOffset = /[T ].*(Z|[+-]\d{2}(:?\d{2})?)$/i.test(given);
  try {
    if (given.includes('[')) return Temporal.ZonedDateTime.from(given).toInstant().toString();
    if (hasOffset) return Temporal.Instant.from(given).toString();
    return Temporal.PlainDateTime.from(given).toZonedDateTime(studioZone).toInstant().toString();
  } catch {
    throw new Refusal(`"${given}" is no time. Give ${momentForms}.`, exitCodes.usage);
  }
}

const unitMs = { m: 60_000, h: 3_600_000, d: 24 * 3_600_000 };

/** A day is meant whole and in New York, so `from` it is its first moment and `to` it the last; else a moment in ISO 8601. */
export function momentOf(given: string, bound: 'from' | 'to'): string {
  const moment = boundOf(given, bound);
  return isDay(given) && bound === 'to' ? moment.subtract({ milliseconds: 1 }).toString() : moment.toString();
}

/** The moment at which the day is over, for an end that is no part of the span. */
export function endOf(given: string): string {
  return boundOf(given, 'to').toString();
}

const isDay = (given: string) => /^\d{4}-\d{2}-\d{2}$/.test(given);

function boundOf(given: string, bound: 'from' | 'to'): Temporal.Instant {
  try {
    if (!isDay(given)) return Temporal.Instant.from(given);
    const day = Temporal.PlainDate.from(given);
    return (bound === 'from' ? day : day.add({ days: 1 })).toZonedDateTime(studioZone).toInstant();
  } catch {
    const example = `--${bound} 2026-11-24, or --${bound} 2026-11-24T18:00:00-05:00`;
    throw new Refusal(
      `"${given}" is neither a day nor a moment with its zone. For example: ${example}`,
      exitCodes.usage,
    );
  }
}
