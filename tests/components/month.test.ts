import { fireEvent, screen } from '@testing-library/svelte';
import { describe, expect, it, vi } from 'vitest';
import type { BookingView } from '#domain/shapes/bookings.ts';
import MonthView from '#lib/bookings/month-view.svelte';
import { booking } from './support/fixtures.ts';
import { renderAt } from './support/render.ts';

function show(bookings: BookingView[] = []) {
  const showMonth = vi.fn(() => Promise.resolve());
  renderAt(MonthView, { bookings, date: '2026-11-23', weekHref: (day: string) => `/week?${day}`, showMonth });
  return { showMonth, day: (number: string) => screen.getByRole('link', { name: new RegExp(`\\b${number},`) }) };
}

describe('a month', () => {
  it('says of each day how many rentals take place, and leads to its week', () => {
    const { day } = show([
      booking(),
      booking({ status: 'Canceled' }),
      booking({ startsAt: '2026-11-25T04:59:00Z', endsAt: '2026-11-25T06:00:00Z' }),
    ]);
    expect(day('Nov 24').textContent).toContain('2 rentals');
    expect(day('Nov 24').getAttribute('href')).toBe('/week?2026-11-24');
    expect(day('Nov 25').textContent).toContain('no rentals');
    expect(day('Nov 23').getAttribute('aria-current')).toBe('date');
  });

  it('shows a few rentals of a day and tells how many more there are', () => {
    show(Array.from({ length: 6 }, () => booking()));
    const all = screen.getAllByText(/Studio A/);
    // The others are for paper, which nobody can press.
    expect(all.filter((one) => !one.closest('.rest'))).toHaveLength(2);
    expect(all).toHaveLength(6);
    expect(screen.getByText('4 more')).toBeDefined();
  });

  it('is walked with the arrows, one day at a time can be reached by Tab', async () => {
    const { day } = show();
    await vi.waitFor(() => expect(day('Nov 24').getAttribute('tabindex')).toBe('-1'));
    expect(day('Nov 23').hasAttribute('tabindex')).toBe(false);
    day('Nov 23').focus();
    const press = (key: string) => fireEvent.keyDown(document.activeElement!, { key });
    for (const [key, expected] of [
      ['ArrowRight', 'Nov 24'],
      ['ArrowDown', 'Dec 1'],
      ['ArrowUp', 'Nov 24'],
      ['ArrowLeft', 'Nov 23'],
      ['End', 'Nov 28'],
      ['Home', 'Nov 22'],
    ]) {
      await press(key!);
      await vi.waitFor(() => expect(document.activeElement).toBe(day(expected!)));
    }
    expect(day('Nov 22').hasAttribute('tabindex')).toBe(false);
  });

  it('asks for another month where the keys leave it, and leaves other keys alone', async () => {
    const { showMonth, day } = show();
    await fireEvent.keyDown(day('Nov 23'), { key: 'PageDown' });
    expect(showMonth).toHaveBeenCalledWith('2026-12-01');
    showMonth.mockClear();
    const typed = await fireEvent.keyDown(day('Nov 23'), { key: 'a' });
    const back = await fireEvent.keyDown(day('Nov 23'), { key: 'ArrowLeft', altKey: true });
    expect([typed, back]).toEqual([true, true]);
    expect(showMonth).not.toHaveBeenCalled();
  });
});
