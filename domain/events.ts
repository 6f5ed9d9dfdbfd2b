/** What happens to a user's bookings and syncing, by the names under which receivers know it. */
export const bookingEventTypes = [
  'booking.added',
  'booking.changed',
  'booking.canceled',
  'booking.removed',
  'booking.restored',
] as const;

/** `sync.resumed`: the first sync that worked after a pause that needed the person. */
export const syncEventTypes = ['sync.completed', 'sync.failed', 'sync.paused', 'sync.resumed'] as const;

/** A connected calendar stopped, and only the person can mend it. */
export const calendarEventTypes = ['calendar.needs_you'] as const;

/** All events that can be asked for. */
export const eventTypes = [...syncEventTypes, ...bookingEventTypes, ...calendarEventTypes] as const;

export type EventType = (typeof eventTypes)[number];

/** What a person sends to see whether a target hears it. It goes to that target alone, and never counts. */
export const testEventType = 'test';

/** About an upcoming rental. It goes to the devices of those who want it, and is not one of the events above. */
export const reminderEventType = 'reminder';

/** Syncs have failed for days, and are not given up yet. It goes to people alone, and is not one of the events above. */
export const failingEventType = 'sync.failing';

/** What neither webhooks nor the API hear of. */
export const privateEventTypes = [testEventType, reminderEventType, failingEventType] as const;

export type StoredEventType = EventType | (typeof privateEventTypes)[number];
