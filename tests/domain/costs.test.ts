import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { budgetUse, costOf, sumCosts, type Correction, type CostedRental } from '#domain/costs.ts';

const at = (text: string) => new Date(text);
const rental = (values: Partial<CostedRental> = {}): CostedRental => ({
  startsAt: at('2026-11-24T23:00Z'),
  endsAt: at('2026-11-25T01:00Z'),
  status: 'Approved',
  priceCents: 6_000,
  removedAt: null,
  corrections: [],
  ...values,
});
const price = (when: string, before: number | null): Correction => ({ kind: 'price', at: at(when), before });
const status = (when: string, before: string): Correction => ({ kind: 'status', at: at(when), before });

describe('how a rental counts', () => {
  it.each([
    ['Completed', null, 'confirmed'],
    ['Something new', null, 'confirmed'],
    ['Requested', null, 'pending'],
    ['Canceled', null, 'canceled'],
    ['Declined', '2026-11-01T00:00Z', 'canceled'],
    ['Approved', '2026-11-01T00:00Z', 'gone'],
  ])('%s, gone since %s, is %s', (word, removed, standing) => {
    expect(costOf(rental({ status: word, removedAt: removed ? at(removed) : null })).standing).toBe(standing);
  });

  it('keeps what it cost before the price was corrected', () => {
    const corrections = [price('2026-11-03T15:00Z', 6_000), price('2026-11-05T15:00Z', null)];
    expect(costOf(rental({ priceCents: 5_500, corrections })).earlierPrices).toEqual([
      { cents: 6_000, until: at('2026-11-03T15:00Z') },
      { cents: null, until: at('2026-11-05T15:00Z') },
    ]);
  });
});

describe('a refund to expect', () => {
  const canceled = (values: Partial<CostedRental>) => costOf(rental({ status: 'Canceled', priceCents: 0, ...values }));
  const offAt = '2026-11-10T15:00Z';

  it('is what it cost before it was canceled', () => {
    expect(canceled({ corrections: [price(offAt, 6_000), status(offAt, 'Approved')] }).refundCents).toBe(6_000);
    const corrected = [price('2026-11-03T15:00Z', 7_000), price(offAt, 6_000), status(offAt, 'Approved')];
    expect(canceled({ corrections: corrected }).refundCents).toBe(6_000);
  });

  it('is less what Gibney still asks for', () => {
    const corrections = [status(offAt, 'Approved'), price('2026-11-11T15:00Z', 6_000)];
    expect(canceled({ priceCents: 2_500, corrections }).refundCents).toBe(3_500);
    expect(canceled({ priceCents: 6_000, corrections: [status(offAt, 'Approved')] }).refundCents).toBeNull();
  });

  it('is none of what was only asked for, of what was always canceled, and of what took place', () => {
    expect(canceled({ corrections: [status(offAt, 'Requested'), price(offAt, 6_000)] }).refundCents).toBeNull();
    expect(canceled({}).refundCents).toBeNull();
    expect(costOf(rental()).refundCents).toBeNull();
    expect(costOf(rental({ removedAt: at('2026-12-01T00:00Z') })).refundCents).toBeNull();
    expect(costOf(rental({ removedAt: at('2026-11-20T00:00Z') })).refundCents).toBe(6_000);
  });
});

describe('sums', () => {
  it('keep what is pending and canceled apart, and count what has no price', () => {
    const costs = [
      rental(),
      rental({ priceCents: null }),
      rental({ status: 'Requested', priceCents: 1_999 }),
      rental({ status: 'Canceled', priceCents: 0, corrections: [price('2026-11-03T15:00Z', 100)] }),
      rental({ removedAt: at('2026-11-20T00:00Z'), priceCents: 2_000 }),
    ].map(costOf);
    expect(sumCosts(costs)).toEqual({
      confirmed: { rentals: 2, minutes: 240, cents: 6_000, unpriced: 1, refundCents: 0 },
      pending: { rentals: 1, minutes: 120, cents: 1_999, unpriced: 0, refundCents: 0 },
      canceled: { rentals: 2, minutes: 240, cents: 2_000, unpriced: 0, refundCents: 2_000 },
      centsPerHour: 3_000,
    });
    expect(sumCosts([]).centsPerHour).toBeNull();
    expect(sumCosts([costOf(rental({ priceCents: null }))]).centsPerHour).toBeNull();
  });

  it('of parts add up to the sum of all, to the cent', () => {
    const one = fc.record({
      status: fc.constantFrom('Approved', 'Requested', 'Canceled', 'Odd'),
      priceCents: fc.option(fc.integer({ min: -100_000, max: 9_999_999 })),
      removedAt: fc.option(fc.constant(at('2026-11-20T00:00Z'))),
    });
    fc.assert(
      fc.property(fc.array(one, { maxLength: 60 }), fc.nat(60), (values, cut) => {
        const costs = values.map((value) => costOf(rental(value)));
        const [all, left, right] = [costs, costs.slice(0, cut), costs.slice(cut)].map(sumCosts);
        for (const group of ['confirmed', 'pending', 'canceled'] as const)
          for (const name of ['rentals', 'minutes', 'cents', 'unpriced', 'refundCents'] as const)
            expect(all![group][name]).toBe(left![group][name] + right![group][name]);
      }),
      { seed: 12 },
    );
  });
});

it('a budget is near from four fifths on, and over with the cent that is too much', () => {
  const use = (confirmed: number, pending = 0) => {
    const sum = (cents: number) => ({ rentals: 1, minutes: 60, cents, unpriced: 0, refundCents: 0 });
    return budgetUse(10_000, { confirmed: sum(confirmed), pending: sum(pending) });
  };
  expect(use(7_999).state).toBe('within');
  expect(use(8_000)).toEqual({ cents: 8_000, withPendingCents: 8_000, leftCents: 2_000, state: 'near' });
  expect(use(10_000).state).toBe('near');
  expect(use(9_000, 1_001).state).toBe('over_if_confirmed');
  expect(use(10_001)).toMatchObject({ leftCents: -1, state: 'over' });
});
