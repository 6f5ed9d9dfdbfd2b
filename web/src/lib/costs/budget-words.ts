/** A budget in words, and as people type it. */
import { priceText } from '#domain/money.ts';
import type { BudgetUseView, CostsView } from '#domain/shapes/costs.ts';
import { monthLabel } from '#lib/time/days.ts';

/** Whole cents of `1,500`, `$1500.00`; undefined of what is no amount. */
export function centsTyped(typed: string): number | undefined {
  const [, dollars, cents = ''] = /^\$?\s*(\d[\d,]*)(?:\.(\d{1,2}))?$/.exec(typed.trim()) ?? [];
  return dollars === undefined ? undefined : Number(dollars.replaceAll(',', '')) * 100 + Number(cents.padEnd(2, '0'));
}

/** `1500.00`, to be changed; nothing where there is no budget. */
export function typedCents(cents: number | undefined): string {
  return cents === undefined ? '' : (cents / 100).toFixed(2);
}

const periodName = (period: string) => (period.length === 4 ? period : monthLabel(`${period}-01`));

/** What is to be said of a budget without being asked; null where all is well. */
export function budgetWarning(use: BudgetUseView, budgetCents: number): string | null {
  const budget = `the budget of ${priceText(budgetCents)} for ${periodName(use.period)}`;
  if (use.state === 'over') return `${priceText(-use.leftCents)} over ${budget}.`;
  if (use.state === 'over_if_confirmed')
    return `${priceText(use.withPendingCents - budgetCents)} over ${budget} if all pending rentals are confirmed.`;
  return use.state === 'near' ? `${priceText(use.leftCents)} left of ${budget}.` : null;
}

/** `$340.00 of $1,500.00 for November 2026`; null where the period has several budgets. */
export function budgetText({ budget }: Pick<CostsView, 'budget'>): string | null {
  const [use, other] = budget?.uses ?? [];
  if (!budget || !use || other) return null;
  return `${priceText(use.cents)} of ${priceText(budget.cents)} for ${periodName(use.period)}`;
}
