/** A change as a line that a person reads: which rental, and what became of it. */
import type { ChangeView } from '#domain/shapes/bookings.ts';
import { priceText } from '#domain/money.ts';
import { clockTime, dayKey, dayLabel, timeRange } from '#lib/time/new-york.ts';

/** What stands after the rental: `moved from Tue Nov 24, 5:00 PM to 6:00 PM`. */
export function changeSentence({ kind, before, after }: ChangeView): string {
  switch (kind) {
    case 'added':
      return `new: ${slot(after)}`;
    case 'restored':
      return 'is back on Gibney';
    case 'removed':
      return 'is no longer on Gibney';
    case 'moved':
      return moved(before, after);
    case 'renamed':
      return `was named ${word(before?.name)}`;
    case 'studio':
      return `now in ${word(after?.studio)}, was ${word(before?.studio)}`;
    case 'location':
      return `now at ${word(after?.location)}, was ${word(before?.location)}`;
    case 'price':
      return `now ${price(after?.price_cents)}, was ${price(before?.price_cents)}`;
    default:
      return `now ${word(valueOf(after))}, was ${word(valueOf(before))}`;
  }
}

/** The same beside a mark that says the kind already. */
export function changeDetail(change: ChangeView): string {
  return changeSentence(change).replace(/^(moved|new:) /, '');
}

type Values = ChangeView['before'];

/** Of a change of one thing. */
const valueOf = (values: Values) => Object.values(values ?? {})[0];

function slot(values: Values): string {
  const [start, end] = [time(values?.starts_at), time(values?.ends_at)];
  const where = typeof values?.studio === 'string' ? `, ${values.studio}` : '';
  if (!start) return `added${where}`;
  return `${dayLabel(start)}, ${end ? timeRange(start, end) : clockTime(start)}${where}`;
}

function moved(before: Values, after: Values): string {
  const [from, to] = [time(before?.starts_at), time(after?.starts_at)];
  const [fromEnd, toEnd] = [time(before?.ends_at), time(after?.ends_at)];
  if (from && to && from !== to) return `moved from ${dayLabel(from)}, ${clockTime(from)} to ${target(from, to)}`;
  if (fromEnd && toEnd) return `now ends ${clockTime(toEnd)}, was ${clockTime(fromEnd)}`;
  return 'moved';
}

function target(from: string, to: string): string {
  return dayKey(from) === dayKey(to) ? clockTime(to) : `${dayLabel(to)}, ${clockTime(to)}`;
}

const time = (value: unknown) => (typeof value === 'string' && !Number.isNaN(Date.parse(value)) ? value : null);
const word = (value: unknown) => (typeof value === 'string' && value !== '' ? value : 'unknown');
const price = (value: unknown) => (typeof value === 'number' ? priceText(value) : 'without a price');
