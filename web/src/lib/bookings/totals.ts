/** The figures of a year, ready to be drawn and read out. */
import { monthLabel } from '#lib/time/days.ts';
import { priceText } from '#domain/money.ts';
import type { BookingSumView, BookingTotalsView } from '#domain/shapes/bookings.ts';

export interface MonthBar extends BookingSumView {
  /** `2026-11` */
  month: string;
  /** 0 to 100, of the highest month. */
  height: number;
  /** Where it lies seen from now. */
  when: 'past' | 'present' | 'future';
}

/** All twelve months. By spend; by hours where nothing has a price. */
export function monthBars({ year, months }: BookingTotalsView, today: string): MonthBar[] {
  const known = new Map(months.map((sum) => [sum.month, sum]));
  const all = Array.from({ length: 12 }, (_, index) => {
    const month = `${year}-${String(index + 1).padStart(2, '0')}`;
    return known.get(month) ?? { month, rentals: 0, minutes: 0, cents: 0 };
  });
  const sizeOf = measure(months);
  const top = Math.max(1, ...all.map(sizeOf));
  const present = today.slice(0, 7);
  return all.map((sum) => ({
    ...sum,
    height: Math.max(0, Math.round((sizeOf(sum) / top) * 100)),
    when: sum.month < present ? 'past' : sum.month > present ? 'future' : 'present',
  }));
}

/** What bars are drawn by: cents, or minutes where nothing has a price. */
export function measure(sums: BookingSumView[]): (sum: BookingSumView) => number {
  return sums.some(({ cents }) => cents > 0) ? ({ cents }) => cents : ({ minutes }) => minutes;
}

export function sumOf(sums: BookingSumView[]): BookingSumView {
  return sums.reduce(
    (total, { rentals, minutes, cents }) => ({
      rentals: total.rentals + rentals,
      minutes: total.minutes + minutes,
      cents: total.cents + cents,
    }),
    { rentals: 0, minutes: 0, cents: 0 },
  );
}

const decimals = new Intl.NumberFormat('en-US', { maximumFractionDigits: 1 });

/** `12.5 h` */
export function hoursText(minutes: number): string {
  return `${decimals.format(minutes / 60)} h`;
}

export function rentalsText(count: number): string {
  return count === 1 ? '1 rental' : `${count.toLocaleString('en-US')} rentals`;
}

/** What the chart shows, in a sentence: `Most in November 2026: $98.00. Least ...` */
export function chartSentence(bars: MonthBar[]): string {
  const used = bars.filter(({ rentals }) => rentals > 0);
  const highest = used.toSorted((one, other) => other.height - one.height)[0];
  if (!highest) return 'No rentals in this year.';
  const { cents, minutes, month } = highest;
  const most = cents > 0 ? priceText(cents) : hoursText(minutes);
  const label = monthLabel(`${month}-01`);
  return `${used.length === 1 ? 'Only' : `Rentals in ${used.length} months, most`} in ${label}: ${most}.`;
}
