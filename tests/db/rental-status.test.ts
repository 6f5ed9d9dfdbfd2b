import { describe, expect, it } from 'vitest';
import { readConflicts } from '#db/queries/conflicts.ts';
import { bookingTotals, countBookings, overlappingBookings } from '#db/queries/booking-views.ts';
import { listBookings, upcomingBookings } from '#db/queries/bookings.ts';
import { meaningOf } from '#db/rental-status.ts';
import { rentalMeaning } from '#domain/rental-status.ts';
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
      expect(await bookingTotals(em(), userId, { year: 2031 })).toMatchObject({ months: [{ rentals: 2 }] });
      const { bookings } = await listBookings(em(), userId, { limit: 10, canceled: true });
      expect(bookings).toMatchObject([{ recordId: 'lost', status }]);
      expect(await readConflicts(em(), userId, bookings[0]!.id)).toEqual([]);
    });
  },
);
