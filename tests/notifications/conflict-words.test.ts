/** What mail and push say of a rental that others are in the way of. */
import { describe, expect, it } from 'vitest';
import { pushMessage, type PushedNotification } from '#notifications/push/message.ts';
import { tellOf } from '#notifications/words.ts';

const booking = (start: string, end: string, values: object = {}) => ({
  id: `of ${start}`,
  name: 'R-1',
  starts_at: `2030-06-01T${start}:00.000Z`,
  ends_at: `2030-06-01T${end}:00.000Z`,
  studio: 'Studio C',
  location: '280 Broadway (Lower Manhattan)',
  status: 'Approved',
  price_cents: null,
  ...values,
});
const at = new Date('2030-05-30T12:00:00Z');
const isNew = booking('23:00', '23:30', { studio: 'Studio 3' });
const sameTime = { kind: 'same_time', booking: booking('22:00', '23:59') };
const event = (conflicts?: object, of = isNew) => ({
  type: 'booking.added' as const,
  at,
  data: { booking: of, before: null, after: {}, ...(conflicts && { conflicts }) },
});

describe('a notice of a rental with another in its way', () => {
  it('says so first, and its headline stays as it is', () => {
    const { headline, lines } = tellOf(event({ count: 1, first: [sameTime] }));
    expect(headline).toBe(tellOf(event()).headline);
    expect(lines).toEqual([
      'At the same time as: 6:00 PM to 7:59 PM, Studio C, 280 Broadway (Lower Manhattan)',
      ...tellOf(event()).lines,
    ]);
  });

  it('says how little time there is for the way, in its direction', () => {
    const location = '890 Broadway (Union Square)';
    const way = (start: string, end: string) => ({
      count: 1,
      first: [
        { kind: 'short_way', minutes_between: 10, minutes_needed: 25, booking: booking(start, end, { location }) },
      ],
    });
    expect(tellOf(event(way('22:00', '22:50'))).lines[0]).toBe('Only 10 minutes to get from 890 to 280 Broadway');
    expect(tellOf(event(way('23:40', '23:59'))).lines[0]).toBe('Only 10 minutes to get from 280 to 890 Broadway');
  });

  it('says how many there are beyond those that it names', () => {
    expect(tellOf(event({ count: 5, first: [sameTime, sameTime, sameTime] })).lines[3]).toBe('And 2 more in the way');
  });

  it('keeps the words of the portal on their line', () => {
    const odd = { ...sameTime, booking: booking('22:00', '23:59', { studio: 'C\nUrgent: call us', location: '' }) };
    expect(tellOf(event({ count: 1, first: [odd] })).lines[0]).toMatch(/^At the same time as: [^\n]*$/);
  });

  it('says so in a push of several, beneath the one that it is about', () => {
    const other = booking('12:00', '13:00');
    const deliveries = [event({ count: 1, first: [sameTime] }), event(undefined, other)].map((one) => ({
      ...one,
      isTest: false,
    }));
    const { payload } = pushMessage({ publicUrl: 'https://x.test', id: 'id', deliveries, now: at.getTime() });
    const { notification } = JSON.parse(payload) as { notification: PushedNotification };
    expect(notification.title).toBe('2 changes to your rentals');
    expect(notification.body.split('\n').map((line) => line.slice(0, 20))).toEqual([
      'New: Sat 7:00 PM, St',
      'At the same time as:',
      'New: Sat 8:00 AM, St',
    ]);
  });
});
