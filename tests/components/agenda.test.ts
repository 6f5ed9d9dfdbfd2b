import { describe, expect, it } from 'vitest';
import { agendaOf, comingOf, isCanceled, statusText } from '#lib/bookings/agenda.ts';
import { notesOf } from '#lib/bookings/booking-notes.ts';
import { booking, change, minutes, now } from './support/fixtures.ts';

const at = (startsAt: string, endsAt: string, given = {}) => booking({ startsAt, endsAt, ...given });

describe('what is coming', () => {
  it('is in order, with the one that is going on, without ended, canceled and removed ones', () => {
    const ended = at('2026-11-23T17:00:00Z', '2026-11-23T19:00:00Z');
    const going = at('2026-11-23T19:00:00Z', '2026-11-23T21:00:00Z');
    const later = at('2026-11-24T19:00:00Z', '2026-11-24T21:00:00Z');
    const off = at('2026-11-24T15:00:00Z', '2026-11-24T17:00:00Z', { status: 'Canceled' });
    const gone = at('2026-11-24T15:00:00Z', '2026-11-24T17:00:00Z', { removedAt: '2026-11-23T00:00:00Z' });
    expect(comingOf([later, gone, off, ended, going], now)).toEqual([going, later]);
  });

  it('took place if it left the list only later, as when the portal trims old years', () => {
    const past = at('2024-11-23T17:00:00Z', '2024-11-23T19:00:00Z', { status: 'Completed' });
    const trimmed = { ...past, removedAt: '2026-01-01T00:00:00Z' };
    const gone = { ...past, removedAt: '2024-11-01T00:00:00Z' };
    expect([past, trimmed, gone].map(isCanceled)).toEqual([false, false, true]);
    expect([past, trimmed, gone].map(statusText)).toEqual([
      'Completed',
      'Completed, no longer listed',
      'No longer on Gibney',
    ]);
  });

  it('shows the gap between two of a day, and whether the building changes', () => {
    const [day] = agendaOf(
      [
        at('2026-11-24T15:00:00Z', '2026-11-24T17:00:00Z'),
        at('2026-11-24T18:30:00Z', '2026-11-24T20:00:00Z', { location: '890 Broadway (Union Square)' }),
      ],
      now,
    );
    expect(day!.items[0]!.gapMs).toBeNull();
    expect(day!.items[1]).toMatchObject({ gapMs: minutes(90), changesBuilding: true, overlapMs: 0 });
  });

  it('shows an overlap, also with one that began much earlier', () => {
    const long = at('2026-11-24T15:00:00Z', '2026-11-24T20:00:00Z');
    const [day] = agendaOf(
      [long, at('2026-11-24T16:00:00Z', '2026-11-24T17:00:00Z'), at('2026-11-24T19:30:00Z', '2026-11-24T21:00:00Z')],
      now,
    );
    expect(day!.items[1]).toMatchObject({ overlapMs: minutes(60), overlapsWith: long });
    expect(day!.items[2]).toMatchObject({ overlapMs: minutes(30), overlapsWith: long });
  });

  it('groups by the day of New York and counts the free days between', () => {
    const days = agendaOf(
      [at('2026-11-25T04:00:00Z', '2026-11-25T04:30:00Z'), at('2026-11-27T18:00:00Z', '2026-11-27T19:00:00Z')],
      now,
    );
    expect(days.map(({ key, freeDaysBefore }) => [key, freeDaysBefore])).toEqual([
      ['2026-11-24', 0],
      ['2026-11-27', 2],
    ]);
  });
});

describe('notes of the last sync', () => {
  const moved = (before: string, after: string) =>
    change({ bookingId: 'b', kind: 'moved', before: { starts_at: before }, after: { starts_at: after } });

  it('say where a rental was moved from', () => {
    const sameDay = notesOf([moved('2026-11-24T22:00:00Z', '2026-11-24T23:00:00Z')], [booking()], now);
    expect(sameDay.get('b')).toEqual(['moved from 5:00 PM']);
    const otherDay = notesOf([moved('2026-11-26T22:00:00Z', '2026-11-24T23:00:00Z')], [booking()], now);
    expect(otherDay.get('b')).toEqual(['moved from Thu Nov 26 at 5:00 PM']);
  });

  it('call a rental new, but not when all are, as after the first sync', () => {
    const added = change({ bookingId: 'b', kind: 'added', before: null, after: {} });
    expect(notesOf([added], [booking(), booking(), booking()], now).get('b')).toEqual(['new']);
    expect(notesOf([added], [booking()], now).size).toBe(0);
  });
});
