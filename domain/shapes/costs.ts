/** What rentals cost. Money is in whole cents. */
import { z } from 'zod';
import { booking } from './bookings.ts';
import { count, time } from './common.ts';

const day = z.iso.date('Give a day as YYYY-MM-DD.');
const cents = z.int();

export const budget = z.object({
  cents: z
    .int('Give an amount in whole cents.')
    .min(0, 'A budget is not below zero.')
    .max(1_000_000_000, 'At most ten million dollars.'),
  per: z.enum(['month', 'year'], 'A budget is for a month or a year.'),
});

/** Null removes the budget. */
export const budgetChange = z.strictObject({ budget: budget.strict().nullable() }).meta({ id: 'BudgetChange' });

const sum = z.object({
  rentals: count,
  minutes: count,
  cents,
  unpriced: count.meta({ description: 'Rentals whose price is not known; they add nothing to `cents`.' }),
  refundCents: count,
  chargedCents: count.meta({ description: 'Of canceled ones: what Gibney still asks for, such as a fee.' }),
});

const sums = z.object({
  confirmed: sum,
  pending: sum.meta({ description: 'Waits to be confirmed.' }),
  canceled: sum.meta({
    description:
      'Canceled, declined, or gone from Gibney before it began: `cents` is the price that Gibney showed last, `charged_cents` what it still asks for, `refund_cents` what to expect back.',
  }),
  toPayCents: cents.meta({ description: 'What is confirmed, and what is still asked for though it is canceled.' }),
  centsPerHour: cents.nullable().meta({ description: 'Of the confirmed ones that have a price.' }),
});

const month = z.string().meta({ description: 'In New York, `2026-11`.' });

const rentalCost = booking
  .pick({
    recordId: true,
    name: true,
    startsAt: true,
    endsAt: true,
    studio: true,
    location: true,
    status: true,
    removedAt: true,
    groupId: true,
  })
  .extend({
    bookingId: booking.shape.id,
    groupName: z.string().nullable().meta({ description: 'Null where it is in no group.' }),
    payer: z.string().nullable().meta({ description: 'Who pays for its group; empty where nobody is named.' }),
    month,
    standing: z.enum(['confirmed', 'pending', 'canceled', 'gone']).meta({
      description: '`gone`: not listed any more since before it began. What left the list later took place.',
    }),
    minutes: count,
    priceCents: cents.nullable().meta({ description: 'Null where Gibney gives none.' }),
    refundCents: cents
      .nullable()
      .meta({ description: 'To expect back, where it was confirmed before it was canceled.' }),
    chargedCents: cents.nullable().meta({ description: 'What Gibney still asks for though it is canceled.' }),
    earlierPrices: z.array(z.object({ cents: cents.nullable(), until: time })),
  });

const costGroup = z.object({
  groupId: booking.shape.groupId,
  groupName: z.string().nullable(),
  payer: z.string().nullable(),
});

/** How far a budget is used in one of its months or years. */
const budgetUse = z.object({
  period: z.string().meta({ description: 'In New York, `2026-11` or `2026`.' }),
  cents: cents.meta({ description: 'What is to be paid: also of canceled ones, where it is still asked for.' }),
  withPendingCents: cents,
  leftCents: cents,
  state: z.enum(['within', 'near', 'over_if_confirmed', 'over']),
});

export const costs = z
  .object({
    from: day,
    to: day.meta({ description: 'The last day, in New York like the first.' }),
    currency: z.literal('USD'),
    madeAt: time,
    total: sums,
    months: z.array(sums.extend({ month })).meta({ description: 'Those with rentals, in order.' }),
    groups: z.array(sums.extend(costGroup.shape)).meta({
      description:
        'Those with rentals, by name; what is in no group comes last, with nulls. Empty where nothing is in one.',
    }),
    payers: z.array(sums.extend({ payer: z.string() })).meta({
      description: 'Those whom groups name, by name. What nobody is named for is in none of them.',
    }),
    group: costGroup.nullable().meta({ description: 'The one that this is about; null for all rentals.' }),
    payer: z.string().nullable().meta({ description: 'Whose rentals this is about; null for all.' }),
    rentals: z.array(rentalCost).meta({ description: 'By start.' }),
    budget: budget.extend({ uses: z.array(budgetUse) }).nullable(),
    years: z.object({ first: z.int(), last: z.int() }).nullable().meta({ description: 'With any rentals.' }),
  })
  .meta({ id: 'Costs' });

export const savedBudget = z.object({ budget: budget.nullable() }).meta({ id: 'SavedBudget' });

export type CostsView = z.output<typeof costs>;
export type RentalCostView = z.output<typeof rentalCost>;
export type CostSumsView = z.output<typeof sums>;
export type BudgetUseView = z.output<typeof budgetUse>;
