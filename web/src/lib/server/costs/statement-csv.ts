/**
 * A statement of costs as CSV: one line a rental and no lines of sums, which a spreadsheet would add once more. Programs read
 * the columns by name or by place, so that new ones come last.
 */
import { studioWallClock } from '#domain/studio-clock.ts';
import { earlierPriceTexts, hoursFigure, standingNotes, standingWords } from '#lib/costs/cost-words.ts';
import { amount, csvOf, harmless, type CsvColumns } from '../files/csv.ts';
import type { CostsView, RentalCostView } from '#domain/shapes/costs.ts';

const clockOf = (moment: string) => studioWallClock(new Date(moment));

const centsOf = (rental: RentalCostView, standing: RentalCostView['standing']) =>
  rental.standing === standing ? rental.priceCents : null;

/** Also what is still asked for a canceled one. */
const toPay = (rental: RentalCostView) => centsOf(rental, 'confirmed') ?? rental.chargedCents;

const columns: CsvColumns<RentalCostView> = {
  Rental: ({ name }) => harmless(name),
  Date: ({ startsAt }) => clockOf(startsAt).slice(0, 10),
  Start: ({ startsAt }) => clockOf(startsAt).slice(11),
  End: ({ endsAt }) => clockOf(endsAt).slice(11),
  Hours: ({ minutes }) => hoursFigure(minutes),
  Studio: ({ studio }) => harmless(studio),
  Location: ({ location }) => harmless(location),
  'Counts as': ({ standing }) => standingWords[standing],
  Status: ({ status }) => harmless(status),
  'Price (USD)': ({ priceCents }) => amount(priceCents),
  'Refund to expect (USD)': ({ refundCents }) => amount(refundCents),
  'Earlier prices': (rental) => harmless(earlierPriceTexts(rental).join('; ')),
  'Start (UTC)': ({ startsAt }) => startsAt,
  'End (UTC)': ({ endsAt }) => endsAt,
  'Record id': ({ recordId }) => harmless(recordId),
  Group: ({ groupName }) => harmless(groupName ?? ''),
  'Paid by': ({ payer }) => harmless(payer ?? ''),
  // Each of these adds up to a total of the PDF.
  'Confirmed (USD)': (rental) => amount(centsOf(rental, 'confirmed')),
  'Pending (USD)': (rental) => amount(centsOf(rental, 'pending')),
  'Still charged (USD)': ({ chargedCents }) => amount(chargedCents),
  'To pay (USD)': (rental) => amount(toPay(rental)),
  Notes: (rental) => harmless(standingNotes(rental).join('; ')),
};

export function statementCsv({ rentals }: CostsView): string {
  return csvOf(columns, rentals);
}
