/** Bookings, sums over them, and what syncs found changed. */
import { z } from 'zod';
import { changedValues, changeKind, changeSort } from './change-kinds.ts';
import { count, id, nextCursor, time } from './common.ts';
import { job } from './sync.ts';

export const booking = z
  .object({
    id,
    recordId: z.string(),
    name: z.string(),
    startsAt: time,
    endsAt: time,
    studio: z.string(),
    location: z.string(),
    status: z.string(),
    priceCents: z.int().nullable(),
    recordUrl: z.string(),
    removedAt: time.nullable().meta({ description: 'Since when it is not on the portal any more.' }),
    groupId: id.nullable().meta({ description: 'The group of yours that it is in.' }),
  })
  .meta({ id: 'Booking' });

export const bookings = z
  .object({
    bookings: z.array(booking),
    total: count.meta({ description: 'How many the filters let through, over all pages.' }),
    nextCursor,
  })
  .meta({ id: 'Bookings' });

/** The time of something else, in one of the person's own calendars, that overlaps a rental. */
export const clash = z.object({ bookingId: id, startsAt: time, endsAt: time });

export const bookingDetail = z.object({
  booking,
  /** When a sync saw it for the first and for the last time. */
  firstSeenAt: time,
  lastSeenAt: time,
  /** Rentals at the same time. */
  overlaps: z.array(booking),
  /** Rentals in the other house, with too little time for the way. */
  shortWays: z.array(z.object({ booking, minutesBetween: count })),
  /** When the person has something else, according to a calendar of theirs. */
  busy: z.array(clash),
});

/** Two rentals at the same time; the first one starts first. */
export const overlap = z.object({ first: booking, second: booking });

export const bookingCounts = z.object({
  upcoming: count,
  past: count,
  /** Canceled or no longer on Gibney, whenever. */
  canceled: count,
});

/** Sums over what was neither canceled nor gone before it began. */
const bookingSum = z.object({ rentals: count, minutes: z.int(), cents: z.int() });

export const bookingTotals = z.object({
  year: z.int(),
  /** Months in New York, `2026-11`, in order, only those with rentals. */
  months: z.array(bookingSum.extend({ month: z.string() })),
  /** The most expensive first. */
  studios: z.array(bookingSum.extend({ studio: z.string(), location: z.string() })),
  /** Rentals whose price is not known; they add nothing to `cents`. */
  unpriced: count,
  /** What of all that waits to be confirmed. */
  pending: bookingSum,
  /** The first and the last year with rentals; null where there are none at all. */
  years: z.object({ first: z.int(), last: z.int() }).nullable(),
});

export const change = z
  .object({
    id,
    at: time,
    kind: changeKind,
    bookingId: id,
    jobId: id.nullable(),
    /** The booking's name as it is now. */
    name: z.string(),
    before: changedValues,
    after: changedValues,
  })
  .meta({ id: 'Change' });

export const changes = z.object({ changes: z.array(change), nextCursor }).meta({ id: 'Changes' });

/** A change with the rental that it is about, as that is now. */
export const changeEntry = change.extend(
  booking.pick({ startsAt: true, endsAt: true, studio: true, location: true }).shape,
);

/** What one sync found. */
export const changeGroup = z.object({
  at: time,
  /** Null where that sync is no longer kept. */
  jobId: id.nullable(),
  triggeredManually: job.shape.triggeredManually.nullable(),
  /** Found after the user last looked. */
  unseen: z.boolean(),
  counts: z.partialRecord(changeSort, count),
  total: count,
  /** The first of them; those of known rentals before new ones. */
  entries: z.array(changeEntry),
});

const slot = booking.pick({ startsAt: true, endsAt: true, studio: true, location: true });

/** A rental of the next days that differs from what the user counts on. */
export const urgentChange = z.object({
  bookingId: id,
  fate: z.enum(['canceled', 'declined', 'gone', 'moved', 'back']),
  /** As the user knows it, and as it is now. */
  was: slot,
  is: slot,
  /** All changes that led there. */
  changeIds: z.array(id),
});

export const rememberedBooking = booking.omit({ groupId: true }).extend({
  firstSeenAt: time,
  changedSince: z.boolean().meta({ description: 'Whether anything of it is no longer what it was.' }),
  seenSince: z
    .object({ name: time, startsAt: time, studio: time, location: time, status: time, priceCents: time })
    .partial()
    .meta({
      description:
        'Since when each value was known as it is shown; `starts_at` also of the end. Left out where that is no longer kept.',
    }),
});

/** Rentals as they were known at a past moment. The portal's own id and link are those of now. */
export const rememberedBookings = z
  .object({
    at: time,
    rememberedSince: time.nullable().meta({
      description: 'Nothing is known of the time before. Null where no sync has seen a rental.',
    }),
    bookings: z.array(rememberedBooking).meta({ description: 'By start; empty for the time before.' }),
  })
  .meta({ id: 'RememberedBookings' });

export type RememberedView = z.output<typeof rememberedBookings>;
export type BookingView = z.output<typeof booking>;
export type BookingDetailView = z.output<typeof bookingDetail>;
export type OverlapView = z.output<typeof overlap>;
export type BookingCountsView = z.output<typeof bookingCounts>;
export type BookingSumView = z.output<typeof bookingSum>;
export type BookingTotalsView = z.output<typeof bookingTotals>;
export type ChangeKind = z.output<typeof changeKind>;
export type ChangeSort = z.output<typeof changeSort>;
export type ChangeView = z.output<typeof change>;
export type ChangeEntryView = z.output<typeof changeEntry>;
export type SlotView = z.output<typeof slot>;
export type UrgentChangeView = z.output<typeof urgentChange>;
export type ChangeGroupView = z.output<typeof changeGroup>;
export type ClashView = z.output<typeof clash>;
