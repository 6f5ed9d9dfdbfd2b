/** Times of rentals in words, by the clock of the studios. */
import { studioZone } from '#domain/studio-zone.ts';

/** When a rental is, as `events.data` holds it. */
export interface Span {
  starts_at: string;
  ends_at: string;
}

const formats = {
  clock: { hour: 'numeric', minute: '2-digit' },
  weekday: { weekday: 'short' },
  date: { weekday: 'short', month: 'short', day: 'numeric' },
  day: { weekday: 'long', month: 'long', day: 'numeric', year: 'numeric' },
} as const satisfies Record<string, Intl.DateTimeFormatOptions>;

const made = Object.fromEntries(
  Object.entries(formats).map(([name, format]) => [
    name,
    new Intl.DateTimeFormat('en-US', { ...format, timeZone: studioZone }),
  ]),
) as Record<keyof typeof formats, Intl.DateTimeFormat>;

/** Some versions write spaces that not every mail program shows. */
const write = (format: keyof typeof formats, at: string) => made[format].format(new Date(at)).replaceAll(/\s/g, ' ');

/** `6:00 PM` */
export const clock = (at: string) => write('clock', at);
/** `Saturday, November 28, 2026` */
export const dayOf = (at: string) => write('day', at);
/** `6:00 PM to 7:00 PM` */
export const spanWords = (one: Span) => `${clock(one.starts_at)} to ${clock(one.ends_at)}`;

export const isMoved = (was: Span, is: Span) => was.starts_at !== is.starts_at || was.ends_at !== is.ends_at;
export const lengthOf = (one: Span) => Date.parse(one.ends_at) - Date.parse(one.starts_at);

/** `Sat 6:00 PM → 7:00 PM`, seen from `at`: only what differs is said twice, and the end where the length is another. */
export function shortTimes(was: Span, is: Span, at: Date): string {
  const [before, after] = shortDays(was.starts_at, is.starts_at, at);
  const time = lengthOf(was) === lengthOf(is) ? (one: Span) => clock(one.starts_at) : shortSpan;
  if (was.starts_at !== is.starts_at)
    return `${before} ${time(was)} → ${before === after ? '' : `${after} `}${time(is)}`;
  return `${after} ${time(was)}${was.ends_at === is.ends_at ? '' : ` → ${clock(is.ends_at)}`}`;
}

/** `6:00–8:00 PM` */
function shortSpan({ starts_at: startsAt, ends_at: endsAt }: Span): string {
  const [start, end] = [clock(startsAt), clock(endsAt)];
  return `${start.slice(-2) === end.slice(-2) ? start.slice(0, -3) : start}–${end}`;
}

/** Two days that are not the same do not read alike. */
function shortDays(was: string, is: string, at: Date): [before: string, after: string] {
  const [before, after] = [shortDay(was, at), shortDay(is, at)];
  return before === after && dayOf(was) !== dayOf(is) ? [write('date', was), write('date', is)] : [before, after];
}

const nearMs = 6 * 86_400_000;

/** Days of the coming week by their names alone. */
function shortDay(starts: string, at: Date): string {
  const distance = new Date(starts).getTime() - at.getTime();
  return write(distance > -nearMs / 6 && distance < nearMs ? 'weekday' : 'date', starts);
}
