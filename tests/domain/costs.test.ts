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
    // What left the list once it had begun took place.
    ['Completed', '2029-12-01T00:00Z', 'confirmed'],
    ['Approved', '2026-11-24T23:00Z', 'confirmed'],
    ['Requested', '2029-12-01T00:00Z', 'pending'],
    ['Canceled', '2029-12-01T00:00Z', 'canceled'],
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

  it('is not lost where the price falls to nothing a sync before the status says why', () => {
    const corrections = [
      price('2026-11-01T15:00Z', 7_000),
      price('2026-11-09T15:00Z', 6_000),
      status(offAt, 'Approved'),
    ];
    expect(canceled({ corrections }).refundCents).toBe(6_000);
    // A fee is set only after that.
    const withFee = [...corrections, price('2026-11-11T15:00Z', 0)];
    expect(canceled({ priceCents: 2_500, corrections: withFee })).toMatchObject({
      refundCents: 3_500,
      chargedCents: 2_500,
    });
    const gone = { priceCents: 0, removedAt: at(offAt), corrections: corrections.slice(0, 2) };
    expect(costOf(rental(gone)).refundCents).toBe(6_000);
    expect(
      canceled({ corrections: [price('2026-11-09T15:00Z', null), status(offAt, 'Approved')] }).refundCents,
    ).toBeNull();
  });

  it('is all that was asked for where the studio declines it after all, or it goes back to a request and is gone', () => {
    const refused = costOf(rental({ status: 'Declined', priceCents: 6_000, corrections: [status(offAt, 'Approved')] }));
    expect(refused).toMatchObject({ refundCents: 6_000, chargedCents: null });
    const taken = { status: 'Requested', priceCents: 6_000, corrections: [status(offAt, 'Approved')] };
    expect(costOf(rental({ ...taken, removedAt: at('2026-11-12T15:00Z') })).refundCents).toBe(6_000);
    expect(costOf(rental(taken)).refundCents).toBeNull();
  });

  it('is none of what was only asked for, of what was always canceled, and of what took place', () => {
    expect(canceled({ corrections: [status(offAt, 'Requested'), price(offAt, 6_000)] }).refundCents).toBeNull();
    expect(canceled({}).refundCents).toBeNull();
    expect(costOf(rental()).refundCents).toBeNull();
    expect(costOf(rental({ removedAt: at('2026-12-01T00:00Z') })).refundCents).toBeNull();
    expect(costOf(rental({ removedAt: at('2026-11-20T00:00Z') })).refundCents).toBe(6_000);
  });
});

describe('what is still asked for though it is canceled', () => {
  const charged = (word: string, ...corrections: Correction[]) =>
    costOf(rental({ status: word, priceCents: 2_500, corrections })).chargedCents;

  it('is the price of what was confirmed, or always canceled as far as is known', () => {
    expect(charged('Canceled', status('2026-11-10T15:00Z', 'Approved'))).toBe(2_500);
    expect(charged('Late Cancellation')).toBe(2_500);
    expect(costOf(rental({ status: 'Canceled', priceCents: 0 })).chargedCents).toBeNull();
  });

  it('is nothing of requests, of what is gone, and of what stands', () => {
    expect(charged('Canceled', status('2026-11-10T15:00Z', 'Requested'))).toBeNull();
    expect(charged('Declined', status('2026-11-10T15:00Z', 'Approved'))).toBeNull();
    expect(charged('Approved')).toBeNull();
    expect(costOf(rental({ removedAt: at('2026-11-01T00:00Z') })).chargedCents).toBeNull();
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
      rental({ removedAt: at('2029-11-20T00:00Z'), priceCents: 3_000 }),
      rental({ status: 'Canceled', priceCents: 1_500, corrections: [status('2026-11-03T15:00Z', 'Approved')] }),
    ].map(costOf);
    const none = { unpriced: 0, refundCents: 0, chargedCents: 0 };
    expect(sumCosts(costs)).toEqual({
      confirmed: { ...none, rentals: 3, minutes: 360, cents: 9_000, unpriced: 1 },
      pending: { ...none, rentals: 1, minutes: 120, cents: 1_999 },
      canceled: { ...none, rentals: 3, minutes: 360, cents: 3_500, refundCents: 2_000, chargedCents: 1_500 },
      toPayCents: 10_500,
      centsPerHour: 2_250,
    });
    expect(sumCosts([]).centsPerHour).toBeNull();
    expect(sumCosts([costOf(rental({ priceCents: null }))]).centsPerHour).toBeNull();
  });

  it('of parts add up to the sum of all, to the cent', () => {
    const one = fc.record({
      status: fc.constantFrom('Approved', 'Requested', 'Canceled', 'Odd', 'Declined'),
      priceCents: fc.option(fc.integer({ min: -100_000, max: 9_999_999 })),
      removedAt: fc.option(fc.constantFrom(at('2026-11-20T00:00Z'), at('2029-11-20T00:00Z'))),
    });
    fc.assert(
      fc.property(fc.array(one, { maxLength: 60 }), fc.nat(60), (values, cut) => {
        const costs = values.map((value) => costOf(rental(value)));
        const [all, left, right] = [costs, costs.slice(0, cut), costs.slice(cut)].map(sumCosts);
        for (const group of ['confirmed', 'pending', 'canceled'] as const)
          for (const name of ['rentals', 'minutes', 'cents', 'unpriced', 'refundCents', 'chargedCents'] as const)
            expect(all![group][name]).toBe(left![group][name] + right![group][name]);
        expect(all!.toPayCents).toBe(left!.toPayCents + right!.toPayCents);
      }),
      { seed: 12 },
    );
  });
});

it('a budget is near from four fifths on, and over with the cent that is too much', () => {
  const use = (toPayCents: number, pending = 0) => {
    const sum = { rentals: 1, minutes: 60, unpriced: 0, refundCents: 0, chargedCents: 0 };
    return budgetUse(10_000, { toPayCents, pending: { ...sum, cents: pending } });
  };
  expect(use(7_999).state).toBe('within');
  expect(use(8_000)).toEqual({ cents: 8_000, withPendingCents: 8_000, leftCents: 2_000, state: 'near' });
  expect(use(10_000).state).toBe('near');
  expect(use(9_000, 1_001).state).toBe('over_if_confirmed');
  expect(use(10_001)).toMatchObject({ leftCents: -1, state: 'over' });
});
