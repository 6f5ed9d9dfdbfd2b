import { describe, expect, it } from 'vitest';
import { readConflicts } from '#db/queries/conflicts.ts';
import { bookingTotals, countBookings, overlappingBookings } from '#db/queries/booking-views.ts';
import { listBookings, upcomingBookings } from '#db/queries/bookings.ts';
import { listCosts } from '#db/queries/costs.ts';
import { isGone, isHeld, meaningOf } from '#db/rental-status.ts';
import { costOf, sumCosts } from '#domain/costs.ts';
import { isGone as isGoneInCode, isHeldRental, rentalMeaning } from '#domain/rental-status.ts';
import { statuses } from '../support/rental-statuses.ts';
import { rows, sql } from '../support/sql.ts';
import { makeConnectedUser, rental, syncList, useDatabase } from './fixtures.ts';

const { em } = useDatabase();

it('means the same in SQL as in code', async () => {
  const all = Object.values(statuses).flat();
  const found = await rows<{ status: string; meaning: string }>(
    em(),
    sql`select status, ${meaningOf(sql`status`)} as meaning from unnest(${all}::text[]) as status`,
  );
  expect(found).toEqual(all.map((status) => ({ status, meaning: rentalMeaning(status) })));
});

it('is gone in SQL as in code, by when it left the list', async () => {
  const [early, start, late] = ['2026-11-24T22:59:59Z', '2026-11-24T23:00:00Z', '2029-01-01T00:00:00Z'];
  const cases = ['Approved', 'Requested', 'Canceled'].flatMap((status) =>
    [null, early, start, late].map((removedAt) => ({ status, starts_at: start, removed_at: removedAt ?? null })),
  );
  const found = await rows<{ gone: boolean; held: boolean }>(
    em(),
    sql`select ${isGone} as gone, ${isHeld} as held from jsonb_to_recordset(${JSON.stringify(cases)}::jsonb)
      as b(starts_at timestamptz, removed_at timestamptz, status text)`,
  );
  expect(found).toEqual(
    cases.map(({ status, starts_at: startsAt, removed_at: removedAt }) => ({
      gone: isGoneInCode({ startsAt, removedAt }),
      held: isHeldRental({ status, startsAt, removedAt }),
    })),
  );
});

it('keeps a past year whose rentals leave the list: in sums, counts, lists and costs', async () => {
  const userId = await makeConnectedUser(em());
  const startsAt = new Date('2024-03-05T23:00:00Z');
  const old = [rental('one', { startsAt, status: 'Completed', priceCents: 6_000 }), rental('two', { startsAt })];
  const ahead = [rental('next'), rental('lost')];
  await syncList(em(), userId, [...old, ...ahead]);
  const totals = async () => (await bookingTotals(em(), userId, { year: 2024 })).months;
  const before = await totals();
  expect(before).toMatchObject([{ rentals: 2, cents: 7_900 }]);
  for (const _ of [1, 2]) await syncList(em(), userId, [ahead[0]!], { confirmed: true });
  const { bookings } = await listBookings(em(), userId, { limit: 10, removed: true });
  expect(bookings.map(({ recordId }) => recordId).sort()).toEqual(['lost', 'one', 'two']);
  expect(await totals()).toEqual(before);
  expect(await countBookings(em(), userId, { now: new Date() })).toEqual({ upcoming: 1, past: 2, canceled: 1 });
  const held = await listBookings(em(), userId, { limit: 10, canceled: false });
  expect(held.bookings.map(({ recordId }) => recordId).sort()).toEqual(['next', 'one', 'two']);
  const span = { from: new Date('2024-01-01T05:00Z'), to: new Date('2025-01-01T05:00Z') };
  const { confirmed, canceled } = sumCosts((await listCosts(em(), userId, span)).map(costOf));
  expect({ confirmed: confirmed.cents, canceled: canceled.rentals }).toEqual({ confirmed: 7_900, canceled: 0 });
});

describe.each(['Canceled by Gibney', 'No Show', 'Declined', 'REJECTED', 'denied', 'Expired', 'Withdrawn'])(
  'a rental that is %s',
  (status) => {
    it('is neither next nor in the way, counts as canceled and in no sum', async () => {
      const userId = await makeConnectedUser(em());
      const startsAt = new Date('2031-06-03T20:00:00Z');
      await syncList(em(), userId, [
        rental('held', { startsAt, status: 'Requested' }),
        rental('odd', { startsAt: new Date('2031-06-04T20:00:00Z'), status: 'Rescheduled' }),
        rental('lost', { startsAt, status }),
      ]);
      const now = new Date('2031-06-01T00:00:00Z');
      const recordIds = (found: { recordId: string }[]) => found.map(({ recordId }) => recordId);
      expect(recordIds(await upcomingBookings(em(), userId, now, 10))).toEqual(['held', 'odd']);
      expect(await overlappingBookings(em(), userId, now, 10)).toEqual([]);
      expect(await countBookings(em(), userId, { now })).toEqual({ upcoming: 2, past: 0, canceled: 1 });
      expect(await bookingTotals(em(), userId, { year: 2031 })).toMatchObject({
        months: [{ rentals: 2 }],
        pending: { rentals: 1, cents: 1_900 },
      });
      const { bookings } = await listBookings(em(), userId, { limit: 10, canceled: true });
      expect(bookings).toMatchObject([{ recordId: 'lost', status }]);
      expect(await readConflicts(em(), userId, bookings[0]!.id)).toEqual([]);
    });
  },
);
