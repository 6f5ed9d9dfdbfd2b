/** Several changes of one rental as one, from what was before the first to what is after the last. */
import { reminderEventType, type StoredEventType } from '#domain/events.ts';
import { isHeldStatus } from '#domain/rental-status.ts';
import type { Booking } from '../headline.ts';
import { isBooking, wasOf, type TellableEvent } from '../words.ts';

/** In the order of the last change of each; what is no change of a rental stays as it is. */
export function mergeChanges<Event extends TellableEvent>(events: Event[]): Event[] {
  const changes = new Map<unknown, Event[]>();
  for (const event of events) {
    const { booking } = event.data;
    const key = isBooking(booking) && event.type !== reminderEventType ? booking.id : event;
    const earlier = changes.get(key) ?? [];
    changes.delete(key);
    changes.set(key, [...earlier, event]);
  }
  return [...changes.values()].map(merged);
}

function merged<Event extends TellableEvent>(events: Event[]): Event {
  const [first, last] = [events[0]!, events.at(-1)!];
  if (first === last) return last;
  return {
    ...last,
    type: typeOf(
      events.map(({ type }) => type),
      last.data.booking as Booking & { removed_at?: string | null },
    ),
    data: { ...last.data, before: first.type === 'booking.added' ? null : wasOf(first) },
  };
}

/** What is true at the end comes first, then whether the rental was there before. */
function typeOf(types: StoredEventType[], is: Booking & { removed_at?: string | null }): StoredEventType {
  if (is.removed_at) return 'booking.removed';
  if (!isHeldStatus(is.status) && types.includes('booking.canceled')) return 'booking.canceled';
  if (types[0] === 'booking.added') return 'booking.added';
  return types.includes('booking.restored') ? 'booking.restored' : 'booking.changed';
}
