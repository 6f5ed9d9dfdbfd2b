import { screen, within } from '@testing-library/svelte';
import { describe, expect, it } from 'vitest';
import { extentOf, hoursOf, weekDaysOf } from '#lib/bookings/week.ts';
import WeekView from '#lib/bookings/week-view.svelte';
import { daysFrom } from '#lib/time/days.ts';
import { booking } from './support/fixtures.ts';
import { renderAt } from './support/render.ts';

const keys = daysFrom('2026-11-22', 7);
const at = (startsAt: string, endsAt: string, given = {}) => booking({ startsAt, endsAt, ...given });
const onDay = (key: string, ...bookings: ReturnType<typeof booking>[]) =>
  weekDaysOf(bookings, [key])[0]!.items.map(({ from, to, lane, lanes, overlaps }) => ({
    from,
    to,
    lane,
    lanes,
    overlaps,
  }));

describe('rentals on the days of a week', () => {
  it('lie where the wall clock says, in New York', () => {
    const days = weekDaysOf([at('2026-11-25T04:30:00Z', '2026-11-25T05:00:00Z')], keys);
    expect(days.map(({ items }) => items.length)).toEqual([0, 0, 1, 0, 0, 0, 0]);
    expect(days[2]!.items[0]).toMatchObject({ from: 23 * 60 + 30, to: 24 * 60, lanes: 1, overlaps: false });
  });

  it('are on both days where they go over midnight', () => {
    const days = weekDaysOf([at('2026-11-25T03:00:00Z', '2026-11-25T07:00:00Z')], keys);
    expect(days[2]!.items[0]).toMatchObject({ from: 22 * 60, to: 24 * 60 });
    expect(days[3]!.items[0]).toMatchObject({ from: 0, to: 120 });
  });

  it('stand side by side where they collide, and share a column where they do not', () => {
    const first = at('2026-11-24T23:00:00Z', '2026-11-25T01:00:00Z');
    const second = at('2026-11-25T00:00:00Z', '2026-11-25T02:00:00Z');
    const third = at('2026-11-25T01:00:00Z', '2026-11-25T02:00:00Z');
    const later = at('2026-11-25T02:00:00Z', '2026-11-25T03:00:00Z');
    expect(onDay('2026-11-24', third, later, second, first)).toEqual([
      { from: 1_080, to: 1_200, lane: 0, lanes: 2, overlaps: true },
      { from: 1_140, to: 1_260, lane: 1, lanes: 2, overlaps: true },
      { from: 1_200, to: 1_260, lane: 0, lanes: 2, overlaps: true },
      { from: 1_260, to: 1_320, lane: 0, lanes: 1, overlaps: false },
    ]);
  });

  it('do not overlap with canceled ones', () => {
    const kept = at('2026-11-24T23:00:00Z', '2026-11-25T01:00:00Z');
    const canceled = at('2026-11-24T23:00:00Z', '2026-11-25T01:00:00Z', { status: 'Canceled' });
    expect(onDay('2026-11-24', kept, canceled).map(({ overlaps, lanes }) => [overlaps, lanes])).toEqual([
      [false, 2],
      [false, 2],
    ]);
  });

  it('are drawn on the hours that the week needs', () => {
    const early = weekDaysOf([at('2026-11-24T12:15:00Z', '2026-11-24T13:45:00Z')], keys);
    expect(hoursOf(early)).toEqual([7, 20]);
    expect(extentOf(early[2]!.items[0]!, 7)).toEqual({ top: 0.25, height: 1.5 });
    const late = weekDaysOf([at('2026-11-25T04:50:00Z', '2026-11-25T05:00:00Z')], keys);
    expect(hoursOf(late)).toEqual([10, 24]);
    expect(hoursOf(weekDaysOf([], keys))).toEqual([10, 20]);
  });
});

describe('the sheet of a week', () => {
  it('names each day with what it holds, free ones too, in the order of the clock', () => {
    renderAt(WeekView, {
      keys,
      bookings: [
        at('2026-11-25T00:00:00Z', '2026-11-25T02:00:00Z', { studio: 'Studio 3' }),
        at('2026-11-24T23:00:00Z', '2026-11-25T01:00:00Z'),
      ],
    });
    const headings = screen.getAllByRole('heading').map(({ textContent }) => textContent.trim().replace(/\s+/g, ' '));
    expect(headings[1]).toBe('Today, Mon Nov 23');
    expect(headings).toHaveLength(7);
    const links = screen.getAllByRole('link').map(({ textContent }) => textContent.trim().replace(/\s+/g, ' '));
    expect(links[0]).toContain('6 – 8 PM Studio A 280 Broadway');
    expect(links[1]).toContain('7 – 9 PM Studio 3');
    expect(links.every((text) => text.includes('Overlaps'))).toBe(true);
    expect(screen.getAllByText('Free')).toHaveLength(6);
  });

  it('holds no style of its own in its elements, which the page’s policy would refuse', () => {
    const { container } = renderAt(WeekView, { keys, bookings: [at('2026-11-24T23:00:00Z', '2026-11-25T01:00:00Z')] });
    expect(within(container).getAllByRole('listitem').length).toBeGreaterThan(0);
    expect(container.querySelectorAll('[style]')).toHaveLength(0);
  });
});
