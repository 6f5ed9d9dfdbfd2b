/** From the texts of a row to a rental. Pure, and never guesses: what cannot be read is a problem of that row. */
import type { StagedRental } from '#db/queries/staged-rentals.ts';
import { blankRental, columnsOf, nameLabel, rentalFields, type ListReading } from '#domain/rental-list/fields.ts';
import { textUnder } from './columns.ts';
import type { RawRow } from './page-observations.ts';

const recordIdForm = /^[A-Za-z0-9]{18}$/;

/** 18 letters and digits, as they stand; null for anything else. */
export function recordIdOf(text: string | null): string | null {
  return text !== null && recordIdForm.test(text) ? text : null;
}

/** The record's own page; the portal's usual address for it where the link leads anywhere else than into the portal. */
export function recordUrlOf(href: string, recordId: string, portalUrl: string): string {
  const base = `${portalUrl}/`;
  const linked = URL.canParse(href, base) ? new URL(href, base) : null;
  if (href.trim() !== '' && linked?.origin === new URL(base).origin) return linked.href;
  return `${portalUrl}/s/booking-item/${recordId}`;
}

/**
 * One row of the list as a rental, each field by itself: `unreadable` names the columns whose values say nothing, and
 * `problem` says why.
 */
export function parseRow(row: RawRow, ordinal: number, portalUrl: string, reading: ListReading): StagedRental {
  const recordId = recordIdOf(row.recordId);
  const rental: StagedRental = {
    ...blankRental,
    ordinal,
    recordId,
    recordUrl: recordId === null ? '' : recordUrlOf(row.href, recordId, portalUrl),
    problem: null,
    unreadable: [],
    raw: row.cells,
  };
  const problems = recordId === null ? ['the row has no record id'] : [];
  const whole = Object.keys(row.cells).length > 0;
  if (!whole) problems.push('the cells do not correspond to the header');
  const cell = textUnder(row.cells);
  for (const field of rentalFields) {
    const texts = field.labels.map((label) => (label === nameLabel ? row.name : cell(label)));
    const read = whole || field.labels.includes(nameLabel) ? field.read(texts, reading) : '';
    if (typeof read !== 'string') Object.assign(rental, read);
    else {
      rental.unreadable.push(...columnsOf(field));
      problems.push(read);
    }
  }
  rental.problem = problems.filter(Boolean).join(', ') || null;
  return rental;
}
