/** Bookings as CSV (RFC 4180) for spreadsheets. Pure. */
import type { BookingRow } from '#db/queries/bookings.ts';
import { printable } from '#domain/plain-text.ts';
import { studioWallClock } from '#domain/studio-clock.ts';

/** The New York clock is for people; the same instants in UTC leave no doubt in the hour that autumn repeats. */
const columns: Record<string, (booking: BookingRow) => string> = {
  Start: ({ startsAt }) => studioWallClock(startsAt),
  End: ({ endsAt }) => studioWallClock(endsAt),
  Studio: ({ studio }) => harmless(studio),
  Location: ({ location }) => harmless(location),
  Rental: ({ name }) => harmless(name),
  Status: ({ status }) => harmless(status),
  'Price (USD)': ({ priceCents }) => (priceCents === null ? '' : (priceCents / 100).toFixed(2)),
  'Start (UTC)': ({ startsAt }) => startsAt.toISOString(),
  'End (UTC)': ({ endsAt }) => endsAt.toISOString(),
  'Removed (UTC)': ({ removedAt }) => removedAt?.toISOString() ?? '',
  Link: ({ recordUrl }) => harmless(recordUrl),
  'Record id': ({ recordId }) => harmless(recordId),
};

/** Spreadsheets take a file without it for one in their own old encoding. */
const byteOrderMark = '\uFEFF';

/** The first line has the names of the columns. */
export function renderCsv(bookings: BookingRow[]): string {
  const rows = bookings.map((booking) => Object.values(columns).map((valueOf) => valueOf(booking)));
  return byteOrderMark + [Object.keys(columns), ...rows].map(line).join('');
}

function line(values: string[]): string {
  return `${values.map(quoted).join(',')}\r\n`;
}

function quoted(value: string): string {
  return /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}

/** A text that a spreadsheet would run as a formula is kept from that by an apostrophe. */
function harmless(words: string): string {
  const text = printable(words);
  return /^\s*[=+\-@＝＋－＠]|^[\t\r\n]/.test(text) ? `'${text}` : text;
}
