import { screen } from '@testing-library/svelte';
import { describe, expect, it } from 'vitest';
import { chartSentence, monthBars, sumOf } from '#lib/bookings/totals.ts';
import TotalsView from '#lib/bookings/totals-view.svelte';
import type { BookingTotalsView } from '#domain/shapes/bookings.ts';
import { renderAt } from './support/render.ts';

const sum = (month: string, cents: number, minutes = 60) => ({ month, rentals: 1, minutes, cents });
const totals = (given: Partial<BookingTotalsView> = {}): BookingTotalsView => ({
  year: 2026,
  months: [sum('2026-03', 1_900), sum('2026-11', 3_800, 150), sum('2026-12', 950)],
  studios: [{ studio: 'Studio A', location: '280 Broadway (Lower Manhattan)', rentals: 3, minutes: 270, cents: 6_650 }],
  unpriced: 0,
  pending: { rentals: 0, minutes: 0, cents: 0 },
  years: { first: 2025, last: 2026 },
  ...given,
});

describe('the bars of a year', () => {
  it('are twelve, as high as the spend, and know what is past and ahead', () => {
    const bars = monthBars(totals(), '2026-11-23');
    expect(bars).toHaveLength(12);
    expect(bars.filter(({ height }) => height > 0).map(({ month, height, when }) => [month, height, when])).toEqual([
      ['2026-03', 50, 'past'],
      ['2026-11', 100, 'present'],
      ['2026-12', 25, 'future'],
    ]);
  });

  it('go by hours where nothing has a price', () => {
    const bars = monthBars(totals({ months: [sum('2026-01', 0, 60), sum('2026-02', 0, 120)] }), '2026-11-23');
    expect(bars.slice(0, 2).map(({ height }) => height)).toEqual([50, 100]);
    expect(chartSentence(bars)).toBe('Rentals in 2 months, most in February 2026: 2 h.');
  });

  it('are said in a sentence', () => {
    expect(chartSentence(monthBars(totals(), '2026-11-23'))).toBe(
      'Rentals in 3 months, most in November 2026: $38.00.',
    );
    expect(chartSentence(monthBars(totals({ months: [] }), '2026-11-23'))).toBe('No rentals in this year.');
    expect(sumOf(totals().months)).toEqual({ rentals: 3, minutes: 270, cents: 6_650 });
  });
});

describe('the totals', () => {
  it('are figures, a drawing with words for it, and tables of the same', () => {
    const { container } = renderAt(TotalsView, { totals: totals({ unpriced: 2 }) });
    const text = container.textContent.replace(/\s+/g, ' ');
    for (const part of ['$66.50 spent or due', '4.5 h in the studio', '3 rentals', '2 rentals without a price'])
      expect(text).toContain(part);
    expect(screen.getByRole('img', { name: /most in November 2026: \$38\.00/ })).toBeDefined();
    expect(screen.getByRole('row', { name: 'November 2026 1 2.5 h $38.00' })).toBeDefined();
    expect(screen.getByRole('row', { name: 'Studio A 280 Broadway 3 4.5 h $66.50' })).toBeDefined();
  });

  it('name what is pending apart, and lead to the costs, which do not count it', () => {
    const pending = { rentals: 1, minutes: 60, cents: 950 };
    const { container } = renderAt(TotalsView, { totals: totals({ pending }) });
    expect(container.textContent.replace(/\s+/g, ' ')).toContain('$57.00 is confirmed. $9.50 of 1 rental is pending');
    expect(screen.getByRole('link', { name: 'Costs of 2026' }).getAttribute('href')).toBe('/costs?year=2026');
  });

  it('say so where a year has none', () => {
    const { container } = renderAt(TotalsView, { totals: totals({ months: [], studios: [] }) });
    expect(container.textContent).toContain('No rentals in 2026.');
    expect(screen.queryByRole('table')).toBeNull();
  });
});
