/** What a user's rentals cost in a period, by months in New York, by groups and by who pays. */
import type { z } from 'zod';
import { budgetUse, costOf, sumCosts } from '#domain/costs.ts';
import type { budgetChange, costs } from '#domain/shapes/costs.ts';
import * as queries from '#db/queries/costs.ts';
import { assertOwner } from '../groups/groups.ts';
import { addDays, startOfDay } from '#lib/time/days.ts';
import { dayKey } from '#lib/time/new-york.ts';
import type { costPeriod } from '../schemas/cost-inputs.ts';
import type { Services } from '../services.ts';

export type Costs = z.input<typeof costs>;
type Cost = Costs['rentals'][number];

/** Throws `not_found` for a group in which the user has no role, `owners_only` for another's. */
export async function readCosts(
  services: Pick<Services, 'orm'>,
  userId: string,
  given: z.output<typeof costPeriod>,
): Promise<Costs> {
  const { orm } = services;
  const madeAt = new Date();
  const group = given.group ? costGroupOf(await assertOwner(services, userId, given.group)) : null;
  const payer = given.payer?.trim() || null;
  const { from, to } = periodOf(given, madeAt);
  // A budget for a year wants all of the year, whatever part of it is shown.
  const [first, last] = [from.slice(0, 4), to.slice(0, 4)];
  const whole = { from: new Date(startOfDay(`${first}-01-01`)), to: new Date(startOfDay(`${Number(last) + 1}-01-01`)) };
  const em = orm.em.fork();
  const [rows, budget, years] = await Promise.all([
    queries.listCosts(em, userId, whole),
    queries.readBudget(em, userId),
    queries.yearsWithRentals(em, userId),
  ]);
  const all = rows.map(costRow);
  const [start, end] = [new Date(startOfDay(from)), new Date(startOfDay(addDays(to, 1)))];
  const isAskedFor = (one: Cost) =>
    (!group || one.groupId === group.groupId) && (!payer || one.payer?.toLowerCase() === payer.toLowerCase());
  const rentals = all
    .filter(({ startsAt }) => new Date(startsAt) >= start && new Date(startsAt) < end)
    .filter(isAskedFor);
  return {
    ...{ from, to, currency: 'USD', madeAt, years, group, payer, rentals },
    total: sumCosts(rentals),
    months: grouped(rentals, ({ month }) => month).map(([month, some]) => ({ month, ...sumCosts(some) })),
    groups: byGroup(rentals),
    payers: byPayer(rentals),
    budget: budget && { ...budget, uses: usesOf(budget, all, { from, to }) },
  };
}

/** This year, in New York, where none is given. */
function periodOf({ from, to }: z.output<typeof costPeriod>, now: Date): { from: string; to: string } {
  const year = dayKey(now).slice(0, 4);
  return from && to ? { from, to } : { from: `${year}-01-01`, to: `${year}-12-31` };
}

function costRow({ id, recordId, name, studio, location, groupId, groupName, payer, ...row }: queries.CostRow): Cost {
  const { startsAt, endsAt, status, removedAt } = row;
  return {
    ...{ bookingId: id, recordId, name, startsAt, endsAt, studio, location, status, removedAt },
    ...{ groupId, groupName, payer },
    month: dayKey(startsAt).slice(0, 7),
    ...costOf(row),
  };
}

const costGroupOf = ({ id, name, payer }: { id: string; name: string; payer: string }) => ({
  ...{ groupId: id, groupName: name, payer },
});

const byName = new Intl.Collator('en-US', { numeric: true });

function byGroup(rentals: Cost[]): Costs['groups'] {
  const some = Map.groupBy(rentals, ({ groupId }) => groupId);
  if (some.size === 0 || (some.size === 1 && some.has(null))) return [];
  const sums = [...some.values()].map((own) => {
    const { groupId, groupName, payer } = own[0]!;
    return { groupId, groupName, payer, ...sumCosts(own) };
  });
  return sums.sort((one, other) => {
    if (one.groupName === null || other.groupName === null) return one.groupName === null ? 1 : -1;
    return byName.compare(one.groupName, other.groupName);
  });
}

/** Somebody may pay for several groups, and be written in capitals for one of them. */
function byPayer(rentals: Cost[]): Costs['payers'] {
  const some = Map.groupBy(
    rentals.filter(({ payer }) => payer),
    ({ payer }) => payer!.toLowerCase(),
  );
  return [...some.values()]
    .map((own) => ({ payer: own[0]!.payer!, ...sumCosts(own) }))
    .sort((one, other) => byName.compare(one.payer, other.payer));
}

function grouped(rentals: Cost[], keyOf: (rental: Cost) => string): [string, Cost[]][] {
  return [...Map.groupBy(rentals, keyOf)].sort(([one], [other]) => (one < other ? -1 : 1));
}

/** Of the months or years that the period touches. */
function usesOf({ cents, per }: queries.BudgetRow, all: Cost[], { from, to }: { from: string; to: string }) {
  const letters = per === 'month' ? 7 : 4;
  return grouped(all, ({ month }) => month.slice(0, letters))
    .filter(([period]) => period >= from.slice(0, letters) && period <= to.slice(0, letters))
    .map(([period, some]) => ({ period, ...budgetUse(cents, sumCosts(some)) }));
}

/** Throws `rate_limited`. */
export async function saveBudget(
  { orm, limits }: Services,
  userId: string,
  { budget }: z.output<typeof budgetChange>,
): Promise<z.output<typeof budgetChange>> {
  await limits.take('changes', userId);
  await queries.writeBudget(orm.em.fork(), userId, budget);
  return { budget };
}
