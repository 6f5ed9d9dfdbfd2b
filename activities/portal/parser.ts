/** From the texts of a row to a rental. Pure, and never guesses: what cannot be read is a problem of that row. */
import type { StagedRental } from '#db/queries/staged-rentals.ts';
import { byColumn } from './columns.ts';
import type { RawRow } from './page-observations.ts';
import { rentalTimes } from '#domain/rental-times.ts';

const recordIdForm = /^[A-Za-z0-9]{18}$/;
const money = /^\$ ?(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d{2}))?$/;
const maxCents = 2_147_483_647;

/** 18 letters and digits, as they stand; null for anything else. */
export function recordIdOf(text: string | null): string | null {
  return text !== null && recordIdForm.test(text) ? text : null;
}

/** `$1,234.50` in cents; null where it is not an amount of dollars. */
export function centsOf(text: string): number | null {
  const parts = money.exec(text.replace(/\s+/g, ' ').trim());
  if (!parts) return null;
  const cents = Number(parts[1]!.replaceAll(',', '')) * 100 + Number(parts[2] ?? 0);
  return cents <= maxCents ? cents : null;
}

/** The record's own page; the portal's usual address for it where the link leads anywhere else than into the portal. */
export function recordUrlOf(href: string, recordId: string, portalUrl: string): string {
  const base = `${portalUrl}/`;
  const linked = URL.canParse(href, base) ? new URL(href, base) : null;
  if (href.trim() !== '' && linked?.origin === new URL(base).origin) return linked.href;
  return `${portalUrl}/s/booking-item/${recordId}`;
}

/**
 * One row of the list as a rental. `problem` says why it cannot be used as it stands; then its times and its price are
 * null where they are what cannot be read.
 */
export function parseRow(row: RawRow, ordinal: number, portalUrl: string): StagedRental {
  const texts = byColumn(row.cells);
  const recordId = recordIdOf(row.recordId);
  const times = rentalTimes(texts.start, texts.end);
  const priceCents = centsOf(texts.price);
  return {
    ordinal,
    recordId,
    name: row.name,
    startsAt: times.startsAt,
    endsAt: times.endsAt,
    studio: texts.studio,
    location: texts.location,
    status: texts.status,
    priceCents,
    recordUrl: recordId === null ? '' : recordUrlOf(row.href, recordId, portalUrl),
    problem: recordId === null ? 'the row has no record id' : problemOf(row, texts.status, times.problem, priceCents),
    raw: row.cells,
  };
}

/** A row that may be in the middle of being drawn: values that every rental has are not there yet. */
export function looksUnfinished(rental: StagedRental): boolean {
  return rental.recordId === null || rental.problem !== null || rental.studio === '' || rental.location === '';
}

function problemOf(row: RawRow, status: string, times: string | null, priceCents: number | null): string | null {
  if (Object.keys(row.cells).length === 0) return 'the cells do not correspond to the header';
  if (row.name === '') return 'the row has no name';
  if (times !== null) return times;
  if (priceCents === null) return 'the price cannot be read';
  return status === '' ? 'the row has no status' : null;
}
