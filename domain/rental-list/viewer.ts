/**
 * How the portal draws dates and amounts for its viewer, as far as the page tells: Salesforce's `$Locale`. The page may
 * say anything, so what makes no sense counts as not told; except for a time zone, since a wrong one makes wrong times.
 */
import { studioZone } from '../studio-zone.ts';

/** The parts of a date in their order: year, month, day. */
export type DateOrder = 'mdy' | 'dmy' | 'ymd' | 'ydm' | 'myd' | 'dym';

export interface Viewer {
  /** New York's where the page tells none; null where it tells one that does not exist. */
  timeZone: string | null;
  order: DateOrder | null;
  /** Years may have two digits. */
  shortYears: boolean;
  /** Words of the format that say nothing, in lower case. */
  fillers: string[];
  /** For the names of months and days; null for English only. */
  locale: string | null;
  decimal: string | null;
  grouping: string | null;
  /** The mark of the currency, in lower case. */
  currency: string | null;
}

/** The values of `$Locale` that are of use. */
export const toldNames = [
  ...['userLocale', 'userLocaleLang', 'userLocaleCountry', 'langLocale', 'timezone'],
  ...['shortDateFormat', 'shortDatetimeFormat', 'decimal', 'grouping', 'currency'],
] as const;

export type Told = Partial<Record<(typeof toldNames)[number], string>>;

export function viewerOf(told: Told): Viewer {
  const pattern = told.shortDatetimeFormat ?? told.shortDateFormat ?? '';
  const bare = pattern.replace(/'[^']*'/g, ' ');
  const languages = [told.userLocale, [told.userLocaleLang, told.userLocaleCountry].filter(Boolean).join('-')];
  const locale = [...languages, told.langLocale].map(localeOf).find((one) => one !== null) ?? null;
  return {
    timeZone: told.timezone ? (isTimeZone(told.timezone) ? told.timezone : null) : studioZone,
    order: orderOf(bare) ?? (pattern === '' && locale ? usualOrder(locale) : null),
    shortYears: /(?<!y)yy(?!y)/.test(bare),
    fillers: [...pattern.matchAll(/'([^']+)'/g)].flatMap(
      ([, words]) => words!.toLowerCase().match(/[\p{L}\p{M}]+/gu) ?? [],
    ),
    locale,
    decimal: told.decimal ?? null,
    grouping: told.grouping ?? null,
    currency: told.currency?.toLowerCase() ?? null,
  };
}

/** From the letters of a Java pattern, `M/d/yyyy h:mm a`. */
function orderOf(bare: string): DateOrder | null {
  const letters = Array.from(bare.matchAll(/[yuMLd]/g), ([letter]) => ({ u: 'y', L: 'm', M: 'm' })[letter] ?? letter);
  const order = [...new Set(letters)].join('');
  return order.length === 3 ? (order as DateOrder) : null;
}

function usualOrder(locale: string): DateOrder | null {
  return orderOf(
    partsOf(locale, { year: 'numeric', month: 'numeric', day: 'numeric' }, 0)
      .map(({ type }) => ({ year: 'y', month: 'M', day: 'd' })[type as string] ?? ' ')
      .join(''),
  );
}

function localeOf(name: string | undefined): string | null {
  try {
    return name ? (Intl.DateTimeFormat.supportedLocalesOf(name.replaceAll('_', '-'))[0] ?? null) : null;
  } catch {
    return null; // not the name of a locale
  }
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

export function partsOf(locale: string, options: Intl.DateTimeFormatOptions, at: number): Intl.DateTimeFormatPart[] {
  return new Intl.DateTimeFormat(locale, { calendar: 'gregory', timeZone: 'UTC', ...options }).formatToParts(at);
}
