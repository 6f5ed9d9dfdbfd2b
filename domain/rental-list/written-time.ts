/**
 * A date and a time as people write them, taken apart: which number is the year, the hour, … but not yet which is the
 * month and which the day. Nothing is skipped: an unknown word may be the one that says "in the afternoon".
 */
import type { WallClock } from '#domain/rental-times.ts';
import { partsOf, type DateOrder, type Viewer } from './viewer.ts';

export interface WrittenTime {
  /** The three parts of the date in their order; the month alone may be a name. */
  date: (string | { month: number })[];
  hour: number;
  minute: number;
  /** Which half of the day, where the clock has twelve hours. */
  half: 'am' | 'pm' | null;
}

const numbers = new RegExp(
  `(?<![\\d:.])(\\d{1,4}) ?[-/.\u2013年년] ?(\\d{1,2}) ?[-/.\u2013月월] ?(\\d{1,4})(?!\\d)(?: ?[.日일])?`,
  'u',
);
const word = '([\\p{L}][\\p{L}\\p{M}]*)';
const named = [
  new RegExp(`(?<![\\d:.])(\\d{1,4})[ .-]*(?:de )?${word}[ .,-]*(?:de |del )?(\\d{1,4})(?!\\d)`, 'u'),
  new RegExp(`(?<!\\p{L})${word}[ .-]*(\\d{1,2})(?:st|nd|rd|th)?[ ,.-]+(\\d{4})(?!\\d)`, 'u'),
];
const clock = /(?<!\d)(\d{1,2})(?: ?[:.h時时點点시] ?(\d{2}))?(?: ?[:.分분] ?00)?(?: ?[h分분秒초])?(?![\d:])/u;

/** Words between date and time, and after it, that say nothing. */
const fillers = new Set(['at', 'à', 'às', 'um', 'kl', 'klo', 'uhr', 'г', 'น', 'u', 'в', 'o', 'ob']);

/** A list has few different texts, and each is looked at several times. */
const takenApart = new WeakMap<Viewer, Map<string, WrittenTime | null>>();

/** Null where it is not a date with a time. */
export function takeApart(text: string, viewer: Viewer): WrittenTime | null {
  const known = takenApart.get(viewer) ?? new Map<string, WrittenTime | null>();
  takenApart.set(viewer, known);
  const time = known.get(text) ?? (known.has(text) ? null : timeIn(text, viewer));
  known.set(text, time);
  return time;
}

function timeIn(text: string, viewer: Viewer): WrittenTime | null {
  const [date, rest] = takeDate(plainText(text), viewer) ?? [];
  if (!date || rest === undefined) return null;
  const time = clock.exec(rest);
  if (!time) return null;
  const left = `${rest.slice(0, time.index)} ${rest.slice(time.index + time[0].length)}`;
  const half = halfOf(left, viewer);
  // `7 PM` is a time, and `7` is not.
  if (half === undefined || (time[2] === undefined && half === null)) return null;
  const [hour, minute] = [Number(time[1]), Number(time[2] ?? 0)];
  if (minute > 59 || hour > (half === null ? 23 : 12)) return null;
  return { date, hour, minute, half };
}

/** The wall clock, if its date has this order; null where that makes no date. */
export function inOrder({ date, hour, minute, half }: WrittenTime, order: DateOrder, viewer: Viewer): WallClock | null {
  const year = date[order.indexOf('y')];
  const named = date.find((part) => typeof part === 'object');
  const numbers = date.filter((part) => typeof part === 'string');
  // With the month's name the other two tell themselves apart.
  const [y, m, d] = named
    ? [numbers.find(isYear(viewer)), named.month, numbers.find((part) => !isYear(viewer)(part))]
    : [year, Number(date[order.indexOf('m')]), date[order.indexOf('d')]];
  if (typeof y !== 'string' || typeof d !== 'string' || !isYear(viewer)(y) || d.length > 2) return null;
  const twelve = half === null ? hour : (hour % 12) + (half === 'pm' ? 12 : 0);
  const clock = { year: yearOf(y, viewer), month: m, day: Number(d), hour: twelve, minute };
  const there = new Date(Date.UTC(clock.year, m - 1, clock.day));
  const exists = there.getUTCMonth() === m - 1 && there.getUTCDate() === clock.day;
  // Any other year belongs to another calendar, or is no year.
  return exists && clock.year >= 1990 && clock.year < 2100 ? clock : null;
}

const isYear =
  ({ shortYears }: Viewer) =>
  (part: string) =>
    part.length === 4 || (shortYears && part.length === 2);

function yearOf(text: string, { locale }: Viewer): number {
  const year = Number(text) + (text.length === 2 ? 2_000 : 0);
  const buddhist = locale?.startsWith('th') === true && year > 2_500;
  return buddhist ? year - 543 : year;
}

const digits = new Map(
  Intl.supportedValuesOf('numberingSystem').flatMap((numberingSystem) => {
    const format = new Intl.NumberFormat('en', { numberingSystem, useGrouping: false });
    const written = Array.from({ length: 10 }, (_, digit): [string, string] => [format.format(digit), String(digit)]);
    return written.filter(([one]) => /^\p{Nd}$/u.test(one));
  }),
);

/** In lower case, with our digits and plain spaces, without invisible marks. */
export function plainText(text: string): string {
  return text
    .normalize('NFKC')
    .replace(/\p{Cf}/gu, '')
    .replace(/\p{Nd}/gu, (digit) => digits.get(digit) ?? digit)
    .replace(/\s+/g, ' ')
    .trim()
    .toLowerCase();
}

function takeDate(text: string, viewer: Viewer): [WrittenTime['date'], string] | null {
  for (const pattern of [numbers, ...named]) {
    const found = pattern.exec(text);
    const parts = found?.slice(1, 4).map((part) => (/^\d/.test(part) ? part : { month: monthNamed(part, viewer) }));
    if (!found || parts!.some((part) => typeof part === 'object' && part.month === 0)) continue;
    const rest = `${text.slice(0, found.index)} ${text.slice(found.index + found[0].length)}`;
    return [parts!, rest];
  }
  return null;
}

interface Names {
  months: Map<string, number>;
  days: Set<string>;
}

const known = new Map<string, Names>();

function namesOf(locale: string): Names {
  const names = known.get(locale) ?? { months: new Map(), days: new Set() };
  if (known.has(locale)) return names;
  known.set(locale, names);
  for (const style of ['short', 'long'] as const) {
    for (let month = 0; month < 12; month++) {
      const options: Intl.DateTimeFormatOptions[] = [{ month: style }, { month: style, day: 'numeric' }];
      for (const option of options) {
        const name = partsOf(locale, option, Date.UTC(2025, month, 1)).find(({ type }) => type === 'month')!;
        names.months.set(bare(name.value), month + 1);
      }
    }
    for (let day = 1; day <= 7; day++)
      names.days.add(bare(partsOf(locale, { weekday: style }, day * 86_400_000)[0]!.value));
  }
  return names;
}

/** 0 where it is not one. */
function monthNamed(word: string, { locale }: Viewer): number {
  return namesOf(locale ?? 'en').months.get(bare(word)) ?? namesOf('en').months.get(bare(word)) ?? 0;
}

const bare = (word: string) => plainText(word).replace(/[\s.]+/g, '');

/** Locales that have words of their own for the halves of the day. */
const languages =
  'am ar az be bg bn bs ca cs cy da de el en es et eu fa fi fil fr ga gl gu he hi hr hu hy id is it ja ka kk km kn ko ky lb lo lt lv mk ml mn mr ms my nb ne nl pa pl pt ro ru sk sl sq sr sv sw ta te tr uk ur uz vi zh';

const halves = new Map<string, 'am' | 'pm'>();

/** Made when it is first needed, which takes a fifth of a second. */
function halfNamed(word: string): 'am' | 'pm' | undefined {
  if (word === 'am' || word === 'pm') return word;
  for (const language of halves.size === 0 ? languages.split(' ') : []) {
    for (const [hour, half] of [
      [9, 'am'],
      [15, 'pm'],
    ] as const) {
      const parts = partsOf(language, { hour: 'numeric', hourCycle: 'h12' }, hour * 3_600_000);
      const name = parts.find(({ type }) => type === 'dayPeriod');
      if (name) halves.set(bare(name.value), half);
    }
  }
  return halves.get(word);
}

/** What the words around the time say: null where they say nothing, undefined where it is not known what. */
function halfOf(left: string, viewer: Viewer): WrittenTime['half'] | undefined {
  const words = left
    .replace(/[.\u00b7]/g, '')
    .split(/[\s,|;()\u2013-]+/)
    .filter(Boolean);
  const days = viewer.locale ? namesOf(viewer.locale).days : new Set<string>();
  const saying = words.filter(
    (one) => !(fillers.has(one) || viewer.fillers.includes(one) || days.has(one) || namesOf('en').days.has(one)),
  );
  return saying.length === 0 ? null : halfNamed(saying.join(''));
}
