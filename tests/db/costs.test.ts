import { expect, it } from 'vitest';
import { costOf } from '#domain/costs.ts';
import { listCosts, readBudget, writeBudget, yearsWithRentals } from '#db/queries/costs.ts';
import { makeConnectedUser, rental, syncList, useDatabase } from './fixtures.ts';

const { em } = useDatabase();
const at = (text: string) => new Date(text);
const year = { from: at('2026-01-01T05:00Z'), to: at('2027-01-01T05:00Z') };
const evening = { startsAt: at('2026-11-24T23:00Z'), endsAt: at('2026-11-25T01:00Z') };

it('keeps what a price was before it was corrected, and what was paid before it was canceled', async () => {
  const user = await makeConnectedUser(em());
  for (const values of [
    { priceCents: 6_000 },
    { priceCents: 5_500 },
    { priceCents: 5_500, studio: 'Studio B' },
    { priceCents: 0, status: 'Canceled' },
  ])
    await syncList(em(), user, [rental('one', { ...evening, ...values })]);
  const [row] = await listCosts(em(), user, year);
  expect(row!.corrections.map(({ kind, before }) => [kind, before])).toEqual(
    expect.arrayContaining([
      ['price', 6_000],
      ['price', 5_500],
      ['status', 'Approved'],
    ]),
  );
  expect(row!.corrections).toHaveLength(3);
  const { standing, refundCents, earlierPrices } = costOf(row!);
  expect({ standing, refundCents }).toEqual({ standing: 'canceled', refundCents: 5_500 });
  expect(earlierPrices.map(({ cents }) => cents)).toEqual([6_000, 5_500]);
});

it('holds what begins in the span, gone ones too, and nobody else’s', async () => {
  const [ana, ben] = [await makeConnectedUser(em()), await makeConnectedUser(em())];
  const eve = rental('eve', { startsAt: at('2027-01-01T04:30Z'), endsAt: at('2027-01-01T06:00Z'), priceCents: null });
  const next = rental('next', { startsAt: at('2027-01-01T05:00Z'), endsAt: at('2027-01-01T06:00Z') });
  await syncList(em(), ana, [rental('off', evening), eve, next]);
  await syncList(em(), ben, [rental('his', evening)]);
  await syncList(em(), ana, [eve, next], { confirmed: true });
  const found = await listCosts(em(), ana, year);
  expect(found.map(({ recordId, removedAt }) => [recordId, removedAt !== null])).toEqual([
    ['off', true],
    ['eve', false],
  ]);
  expect(await yearsWithRentals(em(), ana)).toEqual({ first: 2026, last: 2027 });
  expect(await yearsWithRentals(em(), await makeConnectedUser(em()))).toBeNull();
});

it('keeps a budget until it is taken away', async () => {
  const user = await makeConnectedUser(em());
  expect(await readBudget(em(), user)).toBeNull();
  await writeBudget(em(), user, { cents: 0, per: 'month' });
  expect(await readBudget(em(), user)).toEqual({ cents: 0, per: 'month' });
  await writeBudget(em(), user, null);
  expect(await readBudget(em(), user)).toBeNull();
});
