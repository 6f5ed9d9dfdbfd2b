/** The line that says what became of a rental. */
import { describe, expect, it } from 'vitest';
import type { StoredEventType } from '#domain/events.ts';
import { tellOf } from '#notifications/words.ts';

const at = new Date('2026-11-30T17:00:00Z');
const booking = {
  id: '00000000-0000-4000-8000-000000000001',
  name: 'R-1',
  starts_at: '2026-12-05T23:00:00.000Z',
  ends_at: '2026-12-06T01:00:00.000Z',
  studio: 'Studio 3',
  location: '280 Broadway (Lower Manhattan)',
  status: 'Approved',
  price_cents: 4_000,
};
type Values = Partial<Omit<typeof booking, 'price_cents'> & { price_cents: number | null }>;
const headline = (is: Values, before: Values | null, type: StoredEventType = 'booking.changed', now = at) =>
  tellOf({ type, at: now, data: { booking: { ...booking, ...is }, before } }).headline;

const other = '890 Broadway (Union Square)';
const earlier = { starts_at: '2026-12-05T22:00:00.000Z', ends_at: '2026-12-06T00:00:00.000Z' };

describe('the headline names what is another', () => {
  it.each<[string, Values, Values, string]>([
    ['time', {}, earlier, 'Moved: Sat 5:00 PM → 6:00 PM, Studio 3'],
    [
      'time and length',
      {},
      { ...earlier, ends_at: '2026-12-05T23:30:00.000Z' },
      'Moved: Sat 5:00–6:30 PM → 6:00–8:00 PM, Studio 3',
    ],
    ['end, sooner', { ends_at: '2026-12-06T00:00:00.000Z' }, booking, 'Shorter: Sat 6:00–8:00 PM → 7:00 PM, Studio 3'],
    ['end, later', { ends_at: '2026-12-06T02:00:00.000Z' }, booking, 'Longer: Sat 6:00–8:00 PM → 9:00 PM, Studio 3'],
    ['studio', {}, { studio: 'Studio 9' }, 'New studio: Sat 6:00 PM, Studio 9 → Studio 3'],
    ['house', { location: other }, booking, 'New place: Sat 6:00 PM, Studio 3, 280 → 890 Broadway'],
    [
      'house and studio',
      { location: other },
      { location: booking.location, studio: 'A' },
      'New place: Sat 6:00 PM, A → Studio 3, 280 → 890 Broadway',
    ],
    [
      'house, unlike ours',
      { location: 'Annex, 5 Bond St' },
      booking,
      'New place: Sat 6:00 PM, Studio 3, 280 Broadway → Annex, 5 Bond St',
    ],
    [
      'time and house',
      { location: other },
      { ...earlier, location: booking.location },
      'Moved: Sat 5:00 PM → 6:00 PM, Studio 3, 280 → 890 Broadway',
    ],
    ['price', {}, { price_cents: 3_550 }, 'New price: Sat 6:00 PM, Studio 3, $35.50 → $40.00'],
    [
      'price, which there was none of',
      {},
      { price_cents: null },
      'New price: Sat 6:00 PM, Studio 3, no price → $40.00',
    ],
    ['part of town alone', { location: '280 Broadway (Tribeca)' }, booking, 'Changed: Sat 6:00 PM, Studio 3'],
    ['part of town, now named', {}, { location: '280 Broadway' }, 'Changed: Sat 6:00 PM, Studio 3'],
    [
      'part of town and studio',
      { location: '280 Broadway (Tribeca)' },
      { location: booking.location, studio: 'A' },
      'New studio: Sat 6:00 PM, A → Studio 3',
    ],
    [
      'house of one word',
      { location: 'Loft' },
      { location: 'Croft' },
      'New place: Sat 6:00 PM, Studio 3, Croft → Loft',
    ],
    ['house, emptied', { location: '' }, booking, 'New place: Sat 6:00 PM, Studio 3, 280 Broadway → no place'],
    ['house, which there was none of', {}, { location: '' }, 'New place: Sat 6:00 PM, Studio 3, 280 Broadway'],
    ['studio, emptied', { studio: '' }, booking, 'New studio: Sat 6:00 PM, Studio 3 → no studio'],
    ['status', { status: 'Approved' }, { status: 'Requested' }, 'Approved: Sat 6:00 PM, Studio 3'],
    ['name', {}, { name: 'R-0' }, 'Changed: Sat 6:00 PM, Studio 3'],
  ])('%s', (_, is, before, expected) => {
    expect(headline(is, before)).toBe(expected);
  });

  it('days by their dates, where two of one name are meant', () => {
    const [yesterday, next] = ['2026-12-04T18:00:00.000Z', '2026-12-11T16:00:00.000Z'];
    const hour = (starts: string) => ({
      starts_at: starts,
      ends_at: new Date(Date.parse(starts) + 3_600_000).toISOString(),
    });
    expect(headline(hour(next), hour(yesterday), 'booking.changed', new Date('2026-12-05T17:00:00Z'))).toBe(
      'Moved: Fri, Dec 4 1:00 PM → Fri, Dec 11 11:00 AM, Studio 3',
    );
  });

  it('no change, of a rental that is new', () => {
    expect(headline({}, null, 'booking.added')).toBe('New: Sat 6:00 PM, Studio 3');
    expect(headline({}, { location: other }, 'booking.canceled')).toBe(
      'Canceled: Sat 6:00 PM, Studio 3, 890 → 280 Broadway',
    );
  });
});
