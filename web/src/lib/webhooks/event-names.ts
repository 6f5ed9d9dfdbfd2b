/** What people read for the events that a webhook is told of. */
import { eventTypes, type EventType } from '#domain/events.ts';

const names: Record<EventType, string> = {
  'sync.completed': 'a sync has completed',
  'sync.failed': 'a sync has failed',
  'sync.paused': 'syncing is paused',
  'sync.resumed': 'syncing works again after it needed you',
  'booking.added': 'a new rental',
  'booking.changed': 'a rental is moved, or has another studio, name or price',
  'booking.canceled': 'a rental is canceled',
  'booking.removed': 'a rental is gone from Gibney',
  'booking.restored': 'a rental is back on Gibney',
  'calendar.needs_you': 'a connected calendar stopped and needs you',
};

export const eventChoices = eventTypes.map((type) => ({ type, text: names[type] }));
