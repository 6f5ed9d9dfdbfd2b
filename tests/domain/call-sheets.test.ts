import { describe, expect, it } from 'vitest';
import { asksAgain, fateOf, sheetExpiry, sheetState, slotBefore, type TimedChange } from '#domain/call-sheets.ts';

const now = new Date('2026-11-29T20:00:00Z');
const at = (text: string) => new Date(text);

describe('a link ends by itself', () => {
  it.each([
    ['a week after the last rental', '2026-12-10T01:00:00Z', '2026-12-17T01:00:00Z'],
    ['a week from now where that is past', '2026-11-01T01:00:00Z', '2026-12-06T20:00:00Z'],
    ['a week from now where there is no rental', null, '2026-12-06T20:00:00Z'],
    ['a year from now where that is later', '2027-12-31T01:00:00Z', '2027-11-29T20:00:00Z'],
  ])('%s', (_, last, ends) => {
    expect(sheetExpiry(last === null ? null : at(last), now)).toEqual(at(ends));
  });

  it('at that very moment, or when it is taken back', () => {
    expect(sheetState({ revokedAt: null, expiresAt: at('2026-11-29T20:00:00.001Z') }, now)).toBe('open');
    expect(sheetState({ revokedAt: null, expiresAt: now }, now)).toBe('expired');
    expect(sheetState({ revokedAt: now, expiresAt: now }, now)).toBe('revoked');
  });
});

describe('a rental', () => {
  it.each([
    ['Approved', null, 'stands'],
    ['Requested', null, 'unconfirmed'],
    ['Canceled by Gibney', null, 'canceled'],
    ['Declined', null, 'canceled'],
    ['Approved', now, 'gone'],
    ['Approved', at('2026-12-03T00:00:00Z'), 'stands'],
    ['Something new', null, 'stands'],
  ] as const)('that is %s, removed %s, %s', (status, removedAt, fate) => {
    expect(fateOf({ status, startsAt: at('2026-12-01T23:00:00Z'), removedAt })).toBe(fate);
  });

  const rental = {
    id: 'one',
    name: 'R-1',
    startsAt: at('2026-12-01T23:00:00Z'),
    endsAt: at('2026-12-02T01:00:00Z'),
    studio: 'Studio C',
    location: '280 Broadway',
    status: 'Approved',
    priceCents: 1900,
    firstSeenAt: at('2026-11-01T00:00:00Z'),
    removedAt: null,
  };
  const moved = (day: string, hour: string, bookingId = 'one'): TimedChange => ({
    bookingId,
    kind: 'moved',
    at: at(`2026-11-${day}T12:00:00Z`),
    before: { starts_at: `2026-12-01T${hour}:00:00.000Z`, ends_at: '2026-12-02T01:00:00.000Z' },
  });

  it('that moved twice shows where it was when one last looked', () => {
    const changes = [moved('28', '22'), moved('26', '21'), moved('29', '10', 'another')];
    expect(slotBefore(rental, changes, at('2026-11-25T00:00:00Z'))?.startsAt).toEqual(at('2026-12-01T21:00:00Z'));
    expect(slotBefore(rental, changes, at('2026-11-27T00:00:00Z'))?.startsAt).toEqual(at('2026-12-01T22:00:00Z'));
    expect(slotBefore(rental, changes, at('2026-11-28T13:00:00Z'))).toBeNull();
  });

  it('that moved away and back again did not move', () => {
    expect(slotBefore(rental, [moved('28', '20'), moved('26', '23')], at('2026-11-25T00:00:00Z'))).toBeNull();
  });

  it('asks again at another time or in another house, and not for the room next door', () => {
    const { startsAt, endsAt, studio, location } = rental;
    const slot = { startsAt, endsAt, studio, location };
    expect(asksAgain(null, rental)).toBe(false);
    expect(asksAgain({ ...slot, studio: 'Studio D' }, rental)).toBe(false);
    expect(asksAgain({ ...slot, location: '890 Broadway' }, rental)).toBe(true);
    expect(asksAgain({ ...slot, endsAt: at('2026-12-02T02:00:00Z') }, rental)).toBe(true);
  });
});
