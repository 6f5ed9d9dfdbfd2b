/**
 * Every time on the page is a New York time, whatever the visitor's own zone: the studios are there. Built on
 * `Intl.DateTimeFormat` alone, so that server and browser print the same and nothing heavy is loaded.
 */
const zone = 'America/New_York';
const format = (options: Intl.DateTimeFormatOptions) =>
  new Intl.DateTimeFormat('en-US', { timeZone: zone, ...options });

const clock = format({ hour: 'numeric', minute: '2-digit' });
const clockWithSeconds = format({ hour: 'numeric', minute: '2-digit', second: '2-digit' });
const weekday = format({ weekday: 'long' });
const shortDay = format({ weekday: 'short', month: 'short', day: 'numeric' });
const monthDay = format({ month: 'short', day: 'numeric' });
const monthDayYear = format({ month: 'short', day: 'numeric', year: 'numeric' });
const shortDayYear = format({ weekday: 'short', month: 'short', day: 'numeric', year: 'numeric' });
const parts = format({ year: 'numeric', month: '2-digit', day: '2-digit' });
const zoneName = format({ timeZoneName: 'short' });
const hourMs = 3_600_000;

export type Moment = string | number | Date;

const at = (moment: Moment) => new Date(moment);
// Newer ICU versions put a narrow no-break space before AM and PM, older ones a plain space: one of them everywhere.
const even = (text: string) => text.replace(/[\u202f\u00a0]/g, ' ');

/** The calendar day in New York, as `2026-11-24`. Sorts as text. */
export function dayKey(moment: Moment): string {
  // `11/24/2026`. Taking it apart is much cheaper than `formatToParts`, and lists ask several times for each row.
  const [month, day, year] = parts.format(at(moment)).split('/');
  return `${year}-${month}-${day}`;
}

/** Whole calendar days from `from` to `to` in New York; DST changes do not bend it. */
export function daysBetween(from: Moment, to: Moment): number {
  return Math.round((Date.parse(dayKey(to)) - Date.parse(dayKey(from))) / 86_400_000);
}

/** `4:12 PM` */
export function clockTime(moment: Moment): string {
  return even(clock.format(at(moment)));
}

/** `4:12:05 PM` */
export function clockTimeToTheSecond(moment: Moment): string {
  return even(clockWithSeconds.format(at(moment)));
}

/**
 * `6:00 – 8:00 PM`, or `11:00 AM – 1:00 PM` where the halves of the day differ; `1:45 AM EDT – 1:15 AM EST` in the hour
 * that comes twice when the clocks are set back.
 */
export function timeRange(start: Moment, end: Moment): string {
  const from = clockTime(start);
  const to = clockTime(end);
  const [fromZone, toZone] = [zoneNote(start, from), zoneNote(end, to)];
  const sameHalf = from.slice(-2) === to.slice(-2) && dayKey(start) === dayKey(end);
  const saidOnce = sameHalf && (fromZone === '' || fromZone === toZone);
  return `${saidOnce ? from.slice(0, -3) : from + fromZone} – ${to}${toZone}`;
}

/** ` EDT` or ` EST` where the same clock time comes an hour earlier or later once more, else nothing. */
function zoneNote(moment: Moment, text: string): string {
  // Clocks are set back from 2:00 AM; other times, nearly all of them, need no closer look.
  if (!/^1:\d\d AM$/.test(text)) return '';
  const ms = at(moment).getTime();
  const comesTwice = [ms - hourMs, ms + hourMs].some((other) => clockTime(other) === text);
  return comesTwice ? ` ${zoneName.formatToParts(ms).find(({ type }) => type === 'timeZoneName')!.value}` : '';
}

/** The day as a person says it, in two parts that can be set on two lines: `Tomorrow` and `Tue Nov 24`. */
export interface DayInWords {
  lead: string;
  rest: string;
}

/** `Today, Mon Nov 23`; `Tomorrow, Tue Nov 24`; `Friday, Nov 27`; the year where it is another one. */
export function dayInWords(moment: Moment, now: Moment): DayInWords {
  const days = daysBetween(now, moment);
  if (days >= -1 && days <= 1) return { lead: nearby[days + 1]!, rest: dayLabel(moment) };
  return {
    lead: weekday.format(at(moment)),
    rest: even((isSameYear(moment, now) ? monthDay : monthDayYear).format(at(moment))),
  };
}

const nearby = ['Yesterday', 'Today', 'Tomorrow'];

/** `Tue Nov 24`; given `now`, `Mon Nov 24, 2025` of another year. */
export function dayLabel(moment: Moment, now?: Moment): string {
  const isPlain = now === undefined || isSameYear(moment, now);
  return even((isPlain ? shortDay : shortDayYear).format(at(moment))).replace(',', '');
}

function isSameYear(one: Moment, other: Moment): boolean {
  return dayKey(one).slice(0, 4) === dayKey(other).slice(0, 4);
}

/** `Nov 24, 2026` */
export function dateLabel(moment: Moment): string {
  return even(monthDayYear.format(at(moment)));
}

/** A moment near now: `4:12 PM` on the same day, else `tomorrow at 4:12 PM`, `Fri Nov 27 at 4:12 PM`. */
export function whenLabel(moment: Moment, now: Moment): string {
  const days = daysBetween(now, moment);
  if (days === 0) return clockTime(moment);
  const day = days === 1 ? 'tomorrow' : days === -1 ? 'yesterday' : dayLabel(moment, now);
  return `${day} at ${clockTime(moment)}`;
}

/** How a sentence names a moment to come: `at 4:12 PM` within half a day, also past midnight, else as `whenLabel`. */
export function nextLabel(moment: Moment, now: Moment): string {
  const ahead = at(moment).getTime() - at(now).getTime();
  const label = whenLabel(moment, now);
  if (label === clockTime(moment) || (ahead > 0 && ahead < 12 * hourMs)) return `at ${clockTime(moment)}`;
  return label;
}

/** A moment in a list of past ones: `Today, 4:12 PM`; `Fri Nov 27, 4:12 PM`; `Thu Nov 27, 2025, 4:12 PM`. */
export function stampLabel(moment: Moment, now: Moment): string {
  const days = daysBetween(now, moment);
  const day = days === 0 ? 'Today' : days === -1 ? 'Yesterday' : dayLabel(moment, now);
  return `${day}, ${clockTime(moment)}`;
}
