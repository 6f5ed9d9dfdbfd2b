/** What rentals cost: how each counts, and sums that add up to the cent. Money is whole cents everywhere. */
import { isGone, rentalMeaning } from './rental-status.ts';

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

/** `gone` is what left the portal's list before it began; what left it later stays what it was. */
export type Standing = 'confirmed' | 'pending' | 'canceled' | 'gone';

export interface RentalCost {
  standing: Standing;
  minutes: number;
  priceCents: number | null;
  /** What was to be paid before it was canceled, less what the portal still asks for. Null where no refund is to be expected. */
  refundCents: number | null;
  /** What Gibney still asks for though it is canceled: a fee for canceling late. Null where there is none. */
  chargedCents: number | null;
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
    chargedCents: standing === 'canceled' ? chargedOf(rental) : null,
    earlierPrices: corrections
      .filter(({ kind }) => kind === 'price')
      .map(({ before, at }) => ({ cents: before as number | null, until: at })),
  };
}

/** A status that nobody knows counts as the dancer's, as everywhere. */
function standingOf(rental: CostedRental): Standing {
  const meaning = rentalMeaning(rental.status);
  if (meaning === 'canceled' || meaning === 'declined') return 'canceled';
  if (isGone(rental)) return 'gone';
  return meaning === 'tentative' ? 'pending' : 'confirmed';
}

/** Confirmed, or of a status that nobody knows. */
const isFirm = (status: string) => ['confirmed', 'unknown'].includes(rentalMeaning(status));

const ofKind = (corrections: Correction[], wanted: Correction['kind']) =>
  corrections.filter(({ kind }) => kind === wanted);

/** Nobody has paid for what was never confirmed. */
function refundOf(rental: CostedRental): number | null {
  const { status, priceCents, removedAt, corrections } = rental;
  const statuses = ofKind(corrections, 'status');
  const lostAt = isFirm(status) ? removedAt : statuses.findLast(({ before }) => isFirm(String(before)))?.at;
  if (!lostAt) return null;
  const refund = paidBefore(lostAt, priceCents, ofKind(corrections, 'price')) - (chargedOf(rental) ?? 0);
  return refund > 0 ? refund : null;
}

/** The price that a loss brought may come with the sync that saw the loss, with a later or with an earlier one. */
function paidBefore(lostAt: Date, priceCents: number | null, prices: Correction[]): number {
  const since = prices.findIndex(({ at }) => at >= lostAt);
  const earlier = since < 0 ? prices : prices.slice(0, since);
  const then = since < 0 ? priceCents : (prices[since]!.before as number | null);
  return then || Number(earlier.at(-1)?.before ?? 0);
}

/** A request that was withdrawn or declined costs nothing, whatever price still stands beside it. */
function chargedOf({ status, priceCents, corrections }: CostedRental): number | null {
  const statuses = ofKind(corrections, 'status');
  const wasFirm = statuses.length === 0 || statuses.some(({ before }) => isFirm(String(before)));
  return rentalMeaning(status) === 'canceled' && wasFirm && priceCents && priceCents > 0 ? priceCents : null;
}

/** A sum over rentals of one standing. */
export interface CostSum {
  rentals: number;
  minutes: number;
  cents: number;
  /** Those whose price is not known: they add nothing to `cents`. */
  unpriced: number;
  refundCents: number;
  chargedCents: number;
}

/** Canceled and gone rentals are counted together. */
export interface CostSums {
  confirmed: CostSum;
  pending: CostSum;
  canceled: CostSum;
  /** What is confirmed, and what is still asked for though it is canceled. */
  toPayCents: number;
  /** Of what is confirmed and has a price; null where there is nothing of the kind. */
  centsPerHour: number | null;
}

type Summed = Omit<RentalCost, 'earlierPrices'>;

export function sumCosts(costs: Summed[]): CostSums {
  const priced = sumOf(costs.filter((one) => one.standing === 'confirmed' && one.priceCents !== null));
  const confirmed = sumOf(costs.filter(({ standing }) => standing === 'confirmed'));
  const canceled = sumOf(costs.filter(({ standing }) => standing === 'canceled' || standing === 'gone'));
  return {
    confirmed,
    pending: sumOf(costs.filter(({ standing }) => standing === 'pending')),
    canceled,
    toPayCents: confirmed.cents + canceled.chargedCents,
    centsPerHour: priced.minutes > 0 ? Math.round((priced.cents * 60) / priced.minutes) : null,
  };
}

function sumOf(costs: Summed[]): CostSum {
  const sum: CostSum = { rentals: costs.length, minutes: 0, cents: 0, unpriced: 0, refundCents: 0, chargedCents: 0 };
  for (const { minutes, priceCents, refundCents, chargedCents } of costs) {
    sum.minutes += minutes;
    sum.cents += priceCents ?? 0;
    sum.unpriced += priceCents === null ? 1 : 0;
    sum.refundCents += refundCents ?? 0;
    sum.chargedCents += chargedCents ?? 0;
  }
  return sum;
}

/** How far a budget is used; from `near` on the person is told. */
export interface BudgetUse {
  /** What is to be paid, and what would be if everything pending were confirmed. */
  cents: number;
  withPendingCents: number;
  /** Below zero where it is over. */
  leftCents: number;
  state: 'within' | 'near' | 'over_if_confirmed' | 'over';
}

const nearPercent = 80;

export function budgetUse(
  budgetCents: number,
  { toPayCents: cents, pending }: Pick<CostSums, 'toPayCents' | 'pending'>,
): BudgetUse {
  const withPendingCents = cents + pending.cents;
  const use = { cents, withPendingCents, leftCents: budgetCents - cents };
  if (use.cents > budgetCents) return { ...use, state: 'over' };
  if (withPendingCents > budgetCents) return { ...use, state: 'over_if_confirmed' };
  const isNear = budgetCents > 0 && use.cents * 100 >= budgetCents * nearPercent;
  return { ...use, state: isNear ? 'near' : 'within' };
}
