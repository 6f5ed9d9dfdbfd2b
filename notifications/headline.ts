/** One line that says what became of a rental, so short that it can be a subject. */
import type { NoticeKind } from '#domain/notifications.ts';
import { reminderEventType, type StoredEventType } from '#domain/events.ts';
import { priceText } from '#domain/money.ts';
import { placeOf } from '#domain/place.ts';
import { plainText } from '#domain/plain-text.ts';
import { isMoved, lengthOf, shortTimes, type Span } from './clock-words.ts';

/** As `events.data` holds a booking. */
export interface Booking extends Span {
  id: string;
  name: string;
  studio: string;
  location: string;
  status: string;
  price_cents: number | null;
}

/** What a headline is about: whether and when the rental is, where, or something that matters less. */
export type Aspect = 'stay' | 'place' | 'rest';

const titles: Partial<Record<StoredEventType, string>> = {
  'booking.added': 'New',
  'booking.canceled': 'Canceled',
  'booking.removed': 'Gone from Gibney',
  'booking.restored': 'Back on Gibney',
  [reminderEventType]: 'Reminder',
} satisfies Partial<Record<NoticeKind | typeof reminderEventType, string>>;

/** `Moved: Sat 6:00 PM → 7:00 PM, Studio 3` */
export function headlineOf(type: StoredEventType, was: Booking, is: Booking, at: Date): [line: string, of: Aspect] {
  const [title, aspect] = titles[type] === undefined ? changeTitle(was, is) : ([titles[type], 'stay'] as const);
  const parts = [
    shortTimes(was, is, at),
    arrow(plainText(was.studio), plainText(is.studio), 'no studio'),
    houses(was, is),
    title === newPrice ? arrow(price(was), price(is)) : '',
  ];
  return [`${title}: ${parts.filter(Boolean).join(', ')}`, aspect];
}

const newPrice = 'New price';

function changeTitle(was: Booking, is: Booking): [title: string, of: Aspect] {
  if (was.starts_at !== is.starts_at) return ['Moved', 'stay'];
  if (isMoved(was, is)) return [lengthOf(is) < lengthOf(was) ? 'Shorter' : 'Longer', 'stay'];
  if (streetOf(was) !== streetOf(is)) return ['New place', 'place'];
  if (was.studio !== is.studio) return ['New studio', 'place'];
  if (was.status !== is.status) return [plainText(is.status), 'rest'];
  return [was.price_cents === is.price_cents ? 'Changed' : newPrice, 'rest'];
}

const streetOf = ({ location }: Booking) => placeOf(plainText(location)).street;

/** `280 → 890 Broadway`; nothing where it is in the same house as before. */
function houses(was: Booking, is: Booking): string {
  const [before, after] = [streetOf(was), streetOf(is)];
  if (before === after) return '';
  const [street = ''] = / .*/.exec(after) ?? [];
  return arrow(street && before.endsWith(street) ? before.slice(0, -street.length) : before, after, 'no place');
}

export const price = (one: Booking) => (one.price_cents === null ? 'no price' : priceText(one.price_cents));

export const arrow = (before: string, after: string, none = '') =>
  before === after || before === '' ? after : `${before} → ${after || none}`;
