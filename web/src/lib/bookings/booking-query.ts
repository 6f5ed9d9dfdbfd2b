/** What the pages of bookings are asked for, as it stands in their addresses. */
import { isDayKey } from '#lib/time/days.ts';

export const bookingPaths = {
  list: '/bookings',
  week: '/bookings/week',
  month: '/bookings/month',
  totals: '/bookings/totals',
} as const;
export type BookingPath = keyof typeof bookingPaths;

/** What a rental is searched by; empty texts let everything through. */
export interface BookingWords {
  q: string;
  studio: string;
  location: string;
  status: string;
  /** The id of a group. */
  group: string;
}

export interface BookingQuery extends BookingWords {
  /** Of the list: coming rentals or past ones. */
  when: 'upcoming' | 'past';
  /** Canceled and removed ones as well. */
  canceled: boolean;
  /** A day of the week or month that is shown, as `2026-11-24`; null for today. */
  date: string | null;
  /** Null for this one. */
  year: number | null;
}

/** Lets everything through. */
export const noWords: BookingWords = { q: '', studio: '', location: '', status: '', group: '' };

const names = ['q', 'studio', 'location', 'status', 'group'] as const;

/** Whatever cannot be read is as if it were not there. */
export function readBookingQuery(params: URLSearchParams): BookingQuery {
  const word = (name: string) => (params.get(name) ?? '').replaceAll('\0', '').trim().slice(0, 200);
  const date = params.get('date');
  const year = Number(params.get('year'));
  return {
    q: word('q'),
    studio: word('studio'),
    location: word('location'),
    status: word('status'),
    group: /^[\da-f-]{36}$/i.exec(word('group'))?.[0] ?? '',
    when: params.get('when') === 'past' ? 'past' : 'upcoming',
    canceled: params.has('canceled'),
    date: isDayKey(date) ? date : null,
    year: Number.isInteger(year) && year >= 1970 && year <= 9999 ? year : null,
  };
}

/** The address with these parts changed. What stands for itself is left out. */
export function bookingHref(path: BookingPath, query: BookingQuery, changes: Partial<BookingQuery> = {}): string {
  const { when, canceled, date, year, ...words } = { ...query, ...changes };
  const params = new URLSearchParams(Object.entries(words).filter(([, value]) => value !== ''));
  if (path === 'list' && when === 'past') params.set('when', when);
  if (path !== 'totals' && canceled) params.set('canceled', '');
  if ((path === 'week' || path === 'month') && date) params.set('date', date);
  if (path === 'totals' && year) params.set('year', String(year));
  const text = params
    .toString()
    .replace('canceled=&', 'canceled&')
    .replace(/canceled=$/, 'canceled');
  return text ? `${bookingPaths[path]}?${text}` : bookingPaths[path];
}

export function wordsOf({ q, studio, location, status, group }: BookingWords): BookingWords {
  return { q, studio, location, status, group };
}

/** The words that narrow the list now, by their names. */
export function activeWords(query: BookingWords): [keyof BookingWords, string][] {
  return names.map((name): [keyof BookingWords, string] => [name, query[name]]).filter(([, value]) => value !== '');
}

interface Span {
  from: string;
  to: string;
}

/** Which of the rentals a page shows; left out: all. */
export interface ShownRentals {
  when?: BookingQuery['when'];
  canceled?: boolean;
  /** All that takes place in it, in ISO 8601. */
  span?: Span;
  /** All that begins in it. */
  starts?: Span;
}

/** The file of all that the words let through and the page shows. */
export function exportHref(
  format: 'csv' | 'ics',
  words: BookingWords,
  { when, canceled = true, span, starts }: ShownRentals = {},
): string {
  const params = new URLSearchParams({
    format,
    ...Object.fromEntries(activeWords(words)),
    ...(when && { when }),
    ...(!canceled && { canceled: 'false' }),
    ...starts,
    ...(span && { ...span, include_underway: 'true' }),
  });
  return `/api/v1/user/bookings/export?${params}`;
}
