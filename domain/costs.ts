/** What rentals cost: how each counts, and sums that add up to the cent. Money is whole cents everywhere. */
import { rentalMeaning } from './rental-status.ts';

/** A price or a status that the portal corrected, by the sync that saw it. */
export interface Correction {
  at: Date;
  kind: 'price' | 'status';
  /** The value before: cents, or a status; null where there was none. */
  before: number | string | null;
}

export interface CostedRental {
  startsAt: Date;
  endsAt: Date;
  status: string;
  priceCents: number | null;
  removedAt: Date | null;
  /** Oldest first. */
  corrections: Correction[];
}

/** `gone` is what the portal does not list any more. */
export type Standing = 'confirmed' | 'pending' | 'canceled' | 'gone';

export interface RentalCost {
  standing: Standing;
  minutes: number;
  priceCents: number | null;
  /** What was to be paid before it was canceled, less what the portal still asks for. Null where no refund is to be expected. */
  refundCents: number | null;
  /** What it cost before the portal corrected that, oldest first. */
  earlierPrices: { cents: number | null; until: Date }[];
}

export function costOf(rental: CostedRental): RentalCost {
  const { startsAt, endsAt, priceCents, corrections } = rental;
  const standing = standingOf(rental);
  return {
    standing,
    minutes: Math.round((endsAt.getTime() - startsAt.getTime()) / 60_000),
    priceCents,
    refundCents: standing === 'canceled' || standing === 'gone' ? refundOf(rental) : null,
    earlierPrices: corrections
      .filter(({ kind }) => kind === 'price')
      .map(({ before, at }) => ({ cents: before as number | null, until: at })),
  };
}

/** A status that nobody knows counts as the dancer's, as everywhere. */
function standingOf({ status, removedAt }: CostedRental): Standing {
  const meaning = rentalMeaning(status);
  if (meaning === 'canceled' || meaning === 'declined') return 'canceled';
  if (removedAt) return 'gone';
  return meaning === 'tentative' ? 'pending' : 'confirmed';
}

/** Nobody has paid for what was never confirmed, and what took place before it left the list was used. */
function refundOf({ startsAt, status, priceCents, removedAt, corrections }: CostedRental): number | null {
  const isHeld = (word: string) => ['confirmed', 'unknown'].includes(rentalMeaning(word));
  if (isHeld(status)) return removedAt && removedAt < startsAt && priceCents ? priceCents : null;
  const wasHeld = corrections.findLast(({ kind, before }) => kind === 'status' && isHeld(String(before)));
  if (!wasHeld) return null;
  // A cancellation and the price that it brought may come with different syncs.
  const since = corrections.find(({ kind, at }) => kind === 'price' && at >= wasHeld.at);
  const paid = since ? (since.before as number | null) : priceCents;
  const refund = (paid ?? 0) - (priceCents ?? 0);
  return refund > 0 ? refund : null;
}

/** A sum over rentals of one standing. */
export interface CostSum {
  rentals: number;
  minutes: number;
  cents: number;
  /** Those whose price is not known: they add nothing to `cents`. */
  unpriced: number;
  refundCents: number;
}

/** Canceled and gone rentals are counted together. */
export interface CostSums {
  confirmed: CostSum;
  pending: CostSum;
  canceled: CostSum;
  /** Of what is confirmed and has a price; null where there is nothing of the kind. */
  centsPerHour: number | null;
}

type Summed = Omit<RentalCost, 'earlierPrices'>;

export function sumCosts(costs: Summed[]): CostSums {
  const priced = sumOf(costs.filter((one) => one.standing === 'confirmed' && one.priceCents !== null));
  return {
    confirmed: sumOf(costs.filter(({ standing }) => standing === 'confirmed')),
    pending: sumOf(costs.filter(({ standing }) => standing === 'pending')),
    canceled: sumOf(costs.filter(({ standing }) => standing === 'canceled' || standing === 'gone')),
    centsPerHour: priced.minutes > 0 ? Math.round((priced.cents * 60) / priced.minutes) : null,
  };
}

function sumOf(costs: Summed[]): CostSum {
  const sum: CostSum = { rentals: costs.length, minutes: 0, cents: 0, unpriced: 0, refundCents: 0 };
  for (const { minutes, priceCents, refundCents } of costs) {
    sum.minutes += minutes;
    sum.cents += priceCents ?? 0;
    sum.unpriced += priceCents === null ? 1 : 0;
    sum.refundCents += refundCents ?? 0;
  }
  return sum;
}

/** How far a budget is used; from `near` on the person is told. */
export interface BudgetUse {
  /** What is confirmed, and what would come if everything pending were. */
  cents: number;
  withPendingCents: number;
  /** Below zero where it is over. */
  leftCents: number;
  state: 'within' | 'near' | 'over_if_confirmed' | 'over';
}

const nearPercent = 80;

export function budgetUse(
  budgetCents: number,
  { confirmed, pending }: Pick<CostSums, 'confirmed' | 'pending'>,
): BudgetUse {
  const withPendingCents = confirmed.cents + pending.cents;
  const use = { cents: confirmed.cents, withPendingCents, leftCents: budgetCents - confirmed.cents };
  if (use.cents > budgetCents) return { ...use, state: 'over' };
  if (withPendingCents > budgetCents) return { ...use, state: 'over_if_confirmed' };
  const isNear = budgetCents > 0 && use.cents * 100 >= budgetCents * nearPercent;
  return { ...use, state: isNear ? 'near' : 'within' };
}
