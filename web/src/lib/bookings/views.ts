/** What the pages of bookings get from the server beside `BookingView`. Types only. */
import type { BookingView } from '#lib/api-types.ts';

export interface BookingCountsView {
  upcoming: number;
  past: number;
  /** Canceled or no longer on Gibney, whenever. */
  canceled: number;
}

/** Sums over what was not canceled and is not gone. */
export interface BookingSumView {
  rentals: number;
  minutes: number;
  cents: number;
}

export interface BookingTotalsView {
  year: number;
  /** Months in New York, `2026-11`, in order, those with rentals only. */
  months: ({ month: string } & BookingSumView)[];
  /** The dearest first. */
  studios: ({ studio: string; location: string } & BookingSumView)[];
  /** Rentals whose price is not known; they add nothing to `cents`. */
  unpriced: number;
  /** The first and the last year with rentals; null where there are none at all. */
  years: { first: number; last: number } | null;
}

/** Two rentals at the same time. */
export interface OverlapView {
  /** The one that starts first. */
  first: BookingView;
  second: BookingView;
}

export interface BookingDetailView {
  booking: BookingView;
  /** When a sync saw it for the first and for the last time. */
  firstSeenAt: string;
  lastSeenAt: string;
  /** Rentals at the same time. */
  overlaps: BookingView[];
}
