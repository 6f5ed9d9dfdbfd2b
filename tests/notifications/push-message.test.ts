/** What one push says of several changes of a rental, and which earlier one it takes the place of. */
import { describe, expect, it } from 'vitest';
import type { StoredEventType } from '#domain/events.ts';
import { pushMessage, type PushedNotification } from '#notifications/push/message.ts';

const at = new Date('2026-11-30T17:00:00Z');
const id = '00000000-0000-4000-8000-00000000000a';
const booking = (values: object = {}) => ({
  ...{ id, name: 'R-1', studio: 'Studio 3', location: '280 Broadway', status: 'Approved', price_cents: 4_000 },
  ...{ removed_at: null, ...hours(23), ...values },
});
const hours = (start: number) => ({
  starts_at: new Date(Date.UTC(2026, 11, 5, start)).toISOString(),
  ends_at: new Date(Date.UTC(2026, 11, 5, start + 1)).toISOString(),
});
type Event = { type: StoredEventType; data: Record<string, unknown> };
const event = (type: StoredEventType, is: object, before: object | null = null): Event => ({
  type,
  data: { booking: booking(is), before },
});

function push(...events: Event[]) {
  const deliveries = events.map((one) => ({ ...one, at, isTest: false }));
  const { payload, topic } = pushMessage({ publicUrl: 'https://r.test', id: 'm-1', deliveries, now: at.getTime() });
  return { topic, ...(JSON.parse(payload) as { notification: PushedNotification }).notification };
}

const moved = event('booking.changed', hours(24), hours(23));
const price = event('booking.changed', { ...hours(24), price_cents: 5_000 }, { price_cents: 4_000 });
const reminder = event('reminder', hours(24));

describe('several changes of one rental are told as one, from the first to the last', () => {
  it.each<[string, Event[], string]>([
    ['moved, and another price', [moved, price], 'Moved: Sat 6:00 PM → 7:00 PM, Studio 3'],
    ['moved twice', [moved, event('booking.changed', hours(25), hours(24))], 'Moved: Sat 6:00 PM → 8:00 PM, Studio 3'],
    ['new, and moved', [event('booking.added', {}), moved], 'New: Sat 7:00 PM, Studio 3'],
    [
      'moved, canceled, and another price',
      [
        moved,
        event('booking.canceled', { ...hours(24), status: 'Canceled' }, { status: 'Approved' }),
        event('booking.changed', { ...hours(24), status: 'Canceled', price_cents: 0 }, { price_cents: 4_000 }),
      ],
      'Canceled: Sat 6:00 PM → 7:00 PM, Studio 3',
    ],
    [
      'gone, and back',
      [event('booking.removed', { removed_at: at.toISOString() }), event('booking.restored', {})],
      'Back on Gibney: Sat 6:00 PM, Studio 3',
    ],
    [
      'moved, and gone',
      [moved, event('booking.removed', { ...hours(24), removed_at: at.toISOString() })],
      'Gone from Gibney: Sat 6:00 PM → 7:00 PM, Studio 3',
    ],
  ])('%s', (_, events, title) => {
    expect(push(...events)).toMatchObject({ title, tag: id });
  });

  it('those of two rentals stay two', () => {
    const other = event('booking.added', { id: '00000000-0000-4000-8000-00000000000b', ...hours(20) });
    expect(push(moved, other, price)).toMatchObject({
      title: '2 changes to your rentals',
      body: 'New: Sat 3:00 PM, Studio 3\nMoved: Sat 6:00 PM → 7:00 PM, Studio 3',
    });
  });
});

describe('what matters less takes no place of what matters more', () => {
  it('a reminder is told beside a change', () => {
    expect(push(moved, reminder)).toMatchObject({
      title: '2 notices',
      body: 'Moved: Sat 6:00 PM → 7:00 PM, Studio 3\nReminder: Sat 7:00 PM, Studio 3',
    });
  });

  it('on the device, and at the push service', () => {
    const place = event('booking.changed', { studio: 'A' }, { studio: 'B' });
    const sent = [moved, price, place, reminder].map((one) => push(one));
    expect(new Set(sent.map(({ tag }) => tag)).size).toBe(4);
    expect(new Set(sent.map(({ topic }) => topic)).size).toBe(4);
    // The Topic of RFC 8030: 32 characters of base64url at most.
    for (const { topic } of sent) expect(topic).toMatch(/^[\w-]{1,32}$/);
    expect(push(moved).tag).toBe(push(event('booking.canceled', {})).tag);
    expect(push(reminder).topic).toBe(push(reminder).topic);
  });
});
