/** Amounts as the portal draws them for its viewer, in cents. */
import type { Viewer } from './viewer.ts';
import { plainText } from './written-time.ts';

const maxCents = 2_147_483_647;

/** What stands where there is no price, or none yet. Other words may be an amount that we cannot read. */
const noAmount = new Set(
  [
    ', free, free of charge, gratis, no charge, no cost, no fee, no price, complimentary, comp, comped, waived, included',
    'none, nil, tbd, tba, tbc, to be determined, to be announced, to be confirmed, to be decided, pending, unknown',
    'na, not applicable, not available, not set, not priced, kostenlos, gratuit, gratuito, grátis, 無料, 免费, 무료',
  ].flatMap((words) => words.split(', ')),
);

/** The currencies' marks and codes, also before a mark: `US$`. */
const currencies =
  /\b(us|ca|r|a|nz|hk|mx|c|s)?\p{Sc}|\p{Sc}(us|ca)?|(?<!\p{L})(\p{L}{3}|kr\.?|zł|kč|ft|fr\.|lei|лв\.?)(?!\p{L})/gu;

/** Null where the portal gives no price, undefined where it gives one that cannot be read. */
export function centsOf(text: string, viewer: Viewer): number | null | undefined {
  const plain = plainText(text);
  if (noAmount.has(plain.replace(/[./\p{Pd}]/gu, ''))) return null;
  const [amount, sign] = signed(withoutCurrency(plain, viewer).replace(/ +/g, ' ').trim());
  const cents = told(amount, viewer) ?? shaped(amount);
  return cents === undefined || cents > maxCents ? undefined : cents === 0 ? 0 : sign * cents;
}

function withoutCurrency(text: string, { currency }: Viewer): string {
  return (currency ? text.replace(currency, ' ') : text)
    .replace(currencies, ' ')
    .replace(/\( | \)/g, (one) => one.trim());
}

/** A negative amount is in parentheses or has a minus before or after it. */
function signed(text: string): [string, 1 | -1] {
  const inner = /^\((.*)\)$|^[-\u2212\u2013] ?(.*)$|^(.*?) ?[-\u2212\u2013]$/.exec(text);
  return inner ? [(inner[1] ?? inner[2] ?? inner[3]!).trim(), -1] : [text, 1];
}

/** By the separators that the page names. */
function told(amount: string, { decimal, grouping }: Viewer): number | undefined {
  if (decimal === null || grouping === null || decimal === grouping) return undefined;
  const [whole, cents, ...more] = amount.split(mark(decimal));
  if (more.length > 0 || !/^(\d\d)?$/.test(cents ?? '')) return undefined;
  const groups = whole!.split(mark(grouping));
  return groups.every((group, index) => isGroup(group, index, groups.length)) ? join(groups, cents) : undefined;
}

/** Without them: two digits at the end are cents, and three after a comma a group, as in English. */
function shaped(amount: string): number | undefined {
  const parts = /^(\d+|\d{1,3}(?:([.,'’٬ ])(?:\d{2,3}\2)*\d{3}))(?:([.,٫])(\d\d))?$/.exec(amount);
  if (!parts || (parts[2] !== undefined && parts[2] === parts[3])) return undefined;
  const [, whole, separator, , cents] = parts;
  const groups = separator ? whole!.split(separator) : [whole!];
  if (separator === '.' && cents === undefined && groups.length === 2) return undefined; // `1.234` may be either
  return join(groups, cents);
}

/** A page's separators may be spaces that are not simple ones. */
const mark = (separator: string) => (separator.trim() === '' ? ' ' : separator);

function isGroup(group: string, index: number, count: number): boolean {
  if (count === 1) return /^\d+$/.test(group);
  if (index === 0) return /^\d{1,3}$/.test(group);
  return (index === count - 1 ? /^\d{3}$/ : /^\d{2,3}$/).test(group);
}

function join(groups: string[], cents = '0'): number {
  return Number(groups.join('')) * 100 + Number(cents);
}
