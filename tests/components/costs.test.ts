import { describe, expect, it } from 'vitest';
import { budgetText, budgetWarning, centsTyped, typedCents } from '#lib/costs/budget-words.ts';
import { neighbors, readCostPeriod } from '#lib/costs/cost-query.ts';
import { earlierPriceTexts, periodTitle } from '#lib/costs/cost-words.ts';

const period = (query: string) => readCostPeriod(new URLSearchParams(query), '2026-11-29');

describe('the period of the page', () => {
  it.each([
    ['', '2026-01-01', '2026-12-31'],
    ['year=2024', '2024-01-01', '2024-12-31'],
    ['year=1969', '2026-01-01', '2026-12-31'],
    ['month=2024-02', '2024-02-01', '2024-02-29'],
    ['month=2024-13', '2026-01-01', '2026-12-31'],
    ['from=2025-07-01&to=2026-06-30', '2025-07-01', '2026-06-30'],
    ['from=2026-07-01&to=2025-06-30', '2026-01-01', '2026-12-31'],
    ['from=2010-01-01&to=2026-06-30', '2026-01-01', '2026-12-31'],
  ])('?%s is %s to %s', (query, from, to) => expect(period(query)).toMatchObject({ from, to }));

  it('has neighbors as long as there are rentals', () => {
    const years = { first: 2025, last: 2026 };
    expect(neighbors(period('year=2026'), years)).toEqual({ before: '/costs?year=2025', after: null });
    expect(neighbors(period('month=2026-01'), years)).toEqual({
      before: '/costs?month=2025-12',
      after: '/costs?month=2026-02',
    });
    expect(neighbors(period('from=2026-07-01&to=2026-07-02'), years)).toEqual({ before: null, after: null });
    expect(neighbors(period(''), null)).toEqual({ before: null, after: null });
  });

  it.each([
    ['2026-01-01', '2026-12-31', '2026'],
    ['2024-02-01', '2024-02-29', 'February 2024'],
    ['2024-02-01', '2024-02-28', 'Feb 1, 2024 – Feb 28, 2024'],
    ['2024-02-01', '2024-02-01', 'Feb 1, 2024'],
    ['2025-01-01', '2026-12-31', 'Jan 1, 2025 – Dec 31, 2026'],
  ])('%s to %s is %s', (from, to, title) => expect(periodTitle(from, to)).toBe(title));
});

describe('a budget as it is typed', () => {
  it.each([
    ['1500', 150_000],
    ['$1,500.5', 150_050],
    [' 0.07 ', 7],
    ['19.99', 1_999],
    ['', undefined],
    ['-5', undefined],
    ['1.234', undefined],
    ['1e3', undefined],
  ])('%j is %s cents', (typed, cents) => expect(centsTyped(typed)).toBe(cents));

  it('is shown as it can be typed again', () => {
    expect(centsTyped(typedCents(150_050))).toBe(150_050);
    expect(typedCents(undefined)).toBe('');
  });
});

it('tells a price that came twice on one day once', () => {
  const earlierPrices = [6_000, 5_000, 6_000].map((cents) => ({ cents, until: '2026-11-03T17:00:00Z' }));
  expect(earlierPriceTexts({ earlierPrices })).toEqual([
    'Was $60.00 until Nov 3, 2026',
    'Was $50.00 until Nov 3, 2026',
  ]);
});

it('a budget is spoken of when it is near and when it is over', () => {
  const use = { period: '2026-11', cents: 900, withPendingCents: 900, leftCents: 100, state: 'within' as const };
  expect(budgetWarning(use, 1_000)).toBeNull();
  expect(budgetWarning({ ...use, state: 'near' }, 1_000)).toBe('$1.00 left of the budget of $10.00 for November 2026.');
  expect(budgetWarning({ ...use, period: '2026', leftCents: -5, state: 'over' }, 1_000)).toBe(
    '$0.05 over the budget of $10.00 for 2026.',
  );
  const budget = { cents: 1_000, per: 'month' as const, uses: [use] };
  expect(budgetText({ budget })).toBe('$9.00 of $10.00 for November 2026');
  expect(budgetText({ budget: { ...budget, uses: [use, use] } })).toBeNull();
});
