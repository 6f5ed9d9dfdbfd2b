import { describe, expect, it } from 'vitest';
import { agendaOf } from '#lib/bookings/agenda.ts';
import { mapLinksOf } from '#lib/bookings/map-links.ts';
import { missingText, patternText, shareText, tripText } from '#lib/bookings/way-words.ts';
import { booking, now } from './support/fixtures.ts';

const union = '890 Broadway (Union Square)';

describe('the way to a rental', () => {
  const at = (startsAt: string, endsAt: string, location: string) => booking({ startsAt, endsAt, location });
  const before = at('2026-11-24T18:00:00Z', '2026-11-24T20:00:00Z', '280 Broadway (Lower Manhattan)');
  const textOf = (start: string) => {
    const [day] = agendaOf([before, at(start, '2026-11-25T01:00:00Z', union)], now);
    const { trip } = day!.items[1]!;
    return trip && tripText(trip);
  };

  it('says when to leave the other house, or how late one will be', () => {
    expect(textOf('2026-11-24T21:00:00Z')).toBe('leave by 3:35 PM');
    expect(textOf('2026-11-24T20:15:00Z')).toBe('25 min on the way, 10 min late');
    expect(textOf('2026-11-24T23:30:00Z')).toBeNull();
  });
});

it('a known house has links to maps of choice, and another none', () => {
  const links = mapLinksOf(union)!;
  expect(links.directions).toBe(
    'https://www.google.com/maps/dir/?api=1&destination=890%20Broadway%2C%20New%20York%2C%20NY%2010003&travelmode=transit',
  );
  expect(links.maps.map(({ href }) => new URL(href).host)).toEqual([
    'www.google.com',
    'maps.apple.com',
    'www.openstreetmap.org',
  ]);
  expect(mapLinksOf('Somewhere "else"&q=x')).toBeNull();
});

it('a rental is shared in one line', () => {
  const given = {
    startsAt: '2026-11-24T23:00:00Z',
    endsAt: '2026-11-25T01:00:00Z',
    studio: 'Studio C',
    location: union,
  };
  expect(shareText(booking(given))).toBe('Tue Nov 24, 6:00 – 8:00 PM, Studio C, 890 Broadway');
});

it('what comes every week is named, with what is missing', () => {
  const pattern = { weekday: 2, clock: '19:00', studio: 'Studio E', location: union, count: 6, first: '', last: '' };
  expect(patternText({ ...pattern, missing: [] })).toBe('Tuesdays 7 PM, Studio E, 6 more');
  expect(patternText({ ...pattern, clock: '00:30', missing: [] })).toBe('Tuesdays 12:30 AM, Studio E, 6 more');
  expect(missingText({ ...pattern, missing: [] })).toBeNull();
  expect(missingText({ ...pattern, missing: ['2026-12-15'] })).toBe('Dec 15 is missing');
  expect(missingText({ ...pattern, missing: ['2026-12-15', '2026-12-22'] })).toBe('Dec 15 and Dec 22 are missing');
});
