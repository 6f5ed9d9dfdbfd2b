/** Bookings as CSV. Pure. */
import type { BookingRow } from '#db/queries/bookings.ts';
import { studioWallClock } from '#domain/studio-clock.ts';
import { amount, csvOf, harmless, type CsvColumns } from '../files/csv.ts';

/** The New York clock is for people; the same instants in UTC leave no doubt in the hour that autumn repeats. */
const columns: CsvColumns<BookingRow> = {
  Start: ({ startsAt }) => studioWallClock(startsAt),
  End: ({ endsAt }) => studioWallClock(endsAt),
  Studio: ({ studio }) => harmless(studio),
  Location: ({ location }) => harmless(location),
  Rental: ({ name }) => harmless(name),
  Status: ({ status }) => harmless(status),
  'Price (USD)': ({ priceCents }) => amount(priceCents),
  'Start (UTC)': ({ startsAt }) => startsAt.toISOString(),
  'End (UTC)': ({ endsAt }) => endsAt.toISOString(),
  'Removed (UTC)': ({ removedAt }) => removedAt?.toISOString() ?? '',
  Link: ({ recordUrl }) => harmless(recordUrl),
  'Record id': ({ recordId }) => harmless(recordId),
};

/** The first line has the names of the columns. */
export function renderCsv(bookings: BookingRow[]): string {
  return csvOf(columns, bookings);
}
