/** What happens to a user's bookings and syncing, by the names that receivers know it by. */
export const bookingEventTypes = [
  'booking.added',
  'booking.changed',
  'booking.canceled',
  'booking.removed',
  'booking.restored',
] as const;

export const syncEventTypes = ['sync.completed', 'sync.failed', 'sync.paused'] as const;

/** All that can be asked for. */
export const eventTypes = [...syncEventTypes, ...bookingEventTypes] as const;

export type EventType = (typeof eventTypes)[number];

/** What a person sends to see whether a target hears it. It goes to that target alone, and never counts. */
export const testEventType = 'test';

/** Of a rental to come. It goes to the devices of who wants it, and is none of what happens. */
export const reminderEventType = 'reminder';

/** What a target is told of unless it chose: everything. */
export type StoredEventType = EventType | typeof testEventType | typeof reminderEventType;
