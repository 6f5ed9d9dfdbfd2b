import { centsTyped } from '#lib/costs/budget-words.ts';
import { readCostPeriod, readCostScope } from '#lib/costs/cost-query.ts';
import { loaded, submitted, textsOf } from '#lib/server/pages/page.ts';
import { dayKey } from '#lib/time/new-york.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
  event.depends('app:rentals');
  const period = readCostPeriod(event.url.searchParams, dayKey(Date.now()));
  const scope = readCostScope(event.url.searchParams);
  const { from, to } = period;
  const costs = await loaded(event.locals.api.costs.get({ from, to, ...scope }));
  // A year is shown by its months: its rentals need not travel.
  return { period, scope, costs: { ...costs, rentals: period.unit === 'year' ? [] : costs.rentals } };
};

export const actions: Actions = {
  budget: async (event) => {
    const typed = await textsOf(event.request, 'amount', 'per');
    const { amount, per } = typed;
    const cents = centsTyped(amount) ?? Number.NaN;
    const budget = amount.trim() === '' ? null : { cents, per: per as 'month' | 'year' };
    const refused = await submitted('budget', typed, () => event.locals.api.costs.setBudget({ budget }));
    return refused ?? { done: 'budget' };
  },
};
