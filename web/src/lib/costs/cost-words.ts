/** What the page of costs and the statement say alike. */
import { priceText } from '#domain/money.ts';
import { rentalMeaning } from '#domain/rental-status.ts';
import type { CostsView, CostSumsView, RentalCostView } from '#domain/shapes/costs.ts';
import { addDays, addMonths, monthLabel } from '#lib/time/days.ts';
import { dateLabel } from '#lib/time/new-york.ts';

export const standingWords: Record<RentalCostView['standing'], string> = {
  confirmed: 'Confirmed',
  pending: 'Pending',
  canceled: 'Canceled',
  gone: 'No longer at Gibney',
};

export const noPrice = 'No price';

/** `$19.00`, `No price` */
export function costText(cents: number | null): string {
  return cents === null ? noPrice : priceText(cents);
}

/** `Was $60.00 until Nov 3, 2026.` A price that came twice on one day is told once. */
export function earlierPriceTexts({ earlierPrices }: Pick<RentalCostView, 'earlierPrices'>): string[] {
  const texts = earlierPrices.map(({ cents, until }) =>
    cents === null ? `No price until ${dateLabel(until)}` : `Was ${priceText(cents)} until ${dateLabel(until)}`,
  );
  return [...new Set(texts)];
}

/** What explains how a rental counts, where that is not plain from its status and its price. */
export function standingNotes(
  rental: Pick<RentalCostView, 'standing' | 'status' | 'removedAt' | 'chargedCents'>,
): string[] {
  const { standing, status, removedAt, chargedCents } = rental;
  const isOdd = standing === 'confirmed' && rentalMeaning(status) === 'unknown';
  return [
    ...(isOdd ? [`Unknown status “${status}”, counted as confirmed`] : []),
    ...(standing === 'gone' ? ['No longer at Gibney'] : []),
    ...(removedAt && standing !== 'gone' ? ['No longer listed at Gibney'] : []),
    ...(chargedCents === null ? [] : [`Still charged ${priceText(chargedCents)}`]),
  ];
}

/** Of a sum with canceled rentals for which something is still asked. */
export const chargedText = 'Still charged for canceled rentals';
export const toPayText = 'To pay in all';

export const payerText = (payer: string) => `paid by ${payer}`;

/** Which of the rentals costs are about: `Winter company`, `paid by Harvest Fund`; nothing where about all of them. */
export function scopeTitle({ group, payer }: Pick<CostsView, 'group' | 'payer'>): string {
  return [group?.groupName, payer && payerText(payer)].filter(Boolean).join(', ');
}

type Unpriced = Pick<CostSumsView['confirmed'], 'unpriced'>;

/** `2 rentals have no price at Gibney; no sum includes them.`; nothing where all have one. */
export function unpricedText({ confirmed, pending }: Record<'confirmed' | 'pending', Unpriced>): string | null {
  const count = confirmed.unpriced + pending.unpriced;
  if (count === 0) return null;
  return count === 1
    ? '1 rental has no price at Gibney; no sum includes it.'
    : `${count} rentals have no price at Gibney; no sum includes them.`;
}

/** Two decimals, so that hours add up as they are printed wherever rentals begin and end on quarters of an hour. */
export function hoursFigure(minutes: number): string {
  return (minutes / 60).toFixed(2);
}

/** The year or month that a period is, or its two days: `2026`, `November 2026`, `Nov 3, 2026 – Jan 5, 2027`. */
export function periodTitle(from: string, to: string): string {
  if (from.endsWith('-01-01') && to === `${from.slice(0, 4)}-12-31`) return from.slice(0, 4);
  if (from.endsWith('-01') && addDays(to, 1) === addMonths(from, 1)) return monthLabel(from);
  return from === to ? dayTitle(from) : `${dayTitle(from)} – ${dayTitle(to)}`;
}

/** Noon in New York is on the same day everywhere that matters here. */
function dayTitle(key: string): string {
  return dateLabel(`${key}T17:00:00Z`);
}
