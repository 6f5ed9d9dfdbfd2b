/** Rentals that come back under record ids of another kind, as after the portal moved to another organization. */
import { describe, expect, it } from 'vitest';
import { listBookings } from '#db/queries/bookings.ts';
import { listChanges } from '#db/queries/booking-changes.ts';
import { listJobLogs } from '#db/queries/sync-jobs.ts';
import type { StagedRental } from '#db/queries/staged-rentals.ts';
import { affected, sql } from '../support/sql.ts';
import { hourMs, makeConnectedUser, rental, stored, syncList, useDatabase } from './fixtures.ts';

const { em } = useDatabase();

const day = (days: number, hours = 0) => new Date(Date.UTC(2031, 0, 1 + days, 18 + hours));
const at = (id: string, days: number, values: Partial<StagedRental> = {}) =>
  rental(id, { startsAt: day(days), endsAt: new Date(day(days).getTime() + hourMs), ...values });
const anew = (id: string, old: StagedRental, values: Partial<StagedRental> = {}): StagedRental => ({
  ...old,
  recordId: id,
  recordUrl: `https://portal.test/${id}`,
  ...values,
});

async function bookingsOf(userId: string) {
  const { bookings } = await listBookings(em(), userId, { limit: 1_000 });
  return bookings;
}

describe('record ids that all change at once', () => {
  it('leave each rental the one that it was, with its new id and link', async () => {
    const userId = await makeConnectedUser(em());
    const rentals = Array.from({ length: 40 }, (_, index) => at(`old-${index}`, index));
    await syncList(em(), userId, rentals);
    const before = await bookingsOf(userId);

    const { result, jobId } = await syncList(
      em(),
      userId,
      rentals.map((old, index) => anew(`new-${index}`, old)),
    );
    expect(result).toEqual(stored({ bookingsSynced: 40 }));
    const after = await bookingsOf(userId);
    expect(after.map(({ id, sequence, removedAt }) => ({ id, sequence, removedAt }))).toEqual(
      before.map(({ id, sequence, removedAt }) => ({ id, sequence, removedAt })),
    );
    expect(after.map(({ recordId }) => recordId)).toEqual(
      before.map(({ recordId }) => recordId.replace('old-', 'new-')),
    );
    expect(after.every(({ recordId, recordUrl }) => recordUrl?.endsWith(recordId))).toBe(true);
    expect((await listChanges(em(), userId, { limit: 100, jobId })).changes).toEqual([]);
    const { logs } = await listJobLogs(em(), userId, jobId, { limit: 100 });
    expect(logs.map(({ message }) => message)).toContain(
      'Known rentals that have a new record id at Gibney: 40. Each is still the one that it was.',
    );
  });

  it('do so too where another detail changed with them, which is told', async () => {
    const userId = await makeConnectedUser(em());
    const [one, two] = [at('one', 1), at('two', 2)];
    await syncList(em(), userId, [one, two]);
    const { result, jobId } = await syncList(em(), userId, [
      anew('new-one', one, { studio: 'Studio Z' }),
      anew('new-two', two),
    ]);
    expect(result).toEqual(stored({ bookingsSynced: 2, changed: 1 }));
    const { changes } = await listChanges(em(), userId, { limit: 100, jobId });
    expect(changes.map(({ kind }) => kind)).toEqual(['studio']);
  });
});

describe('a rental is another one', () => {
  it.each([
    ['at another time under the same name', { startsAt: day(9), endsAt: day(9, 1) }],
    ['at the same time under another name', { name: 'R-other' }],
    ['without a name', { name: '' }],
  ])('%s', async (_, values) => {
    const userId = await makeConnectedUser(em());
    const [one, two] = [at('one', 1), at('two', 2)];
    await syncList(em(), userId, [one, two]);
    const { result } = await syncList(em(), userId, [anew('new-one', one, values), two]);
    expect(result).toEqual(stored({ bookingsSynced: 2, added: 1, removed: 1 }));
  });

  it('where the one before is listed as well', async () => {
    const userId = await makeConnectedUser(em());
    const one = at('one', 1);
    await syncList(em(), userId, [one]);
    const { result } = await syncList(em(), userId, [one, anew('new-one', one)]);
    expect(result).toEqual(stored({ bookingsSynced: 2, added: 1 }));
  });

  it('where two could be the one before, or the one after', async () => {
    const userId = await makeConnectedUser(em());
    const one = at('one', 1);
    const twin = anew('twin', one);
    await syncList(em(), userId, [one, twin, at('three', 3)]);
    const { result } = await syncList(em(), userId, [anew('new-one', one), at('three', 3)], {
      confirmed: true,
    });
    expect(result).toEqual(stored({ bookingsSynced: 2, added: 1, removed: 2, partial: true }));
  });

  it('where only a part of the list was read', async () => {
    const userId = await makeConnectedUser(em());
    const [one, two] = [at('one', 1), at('two', 2)];
    await syncList(em(), userId, [one, two]);
    const { result } = await syncList(em(), userId, [anew('new-one', one)], { complete: false });
    expect(result).toMatchObject({ outcome: 'stored', added: 1, removed: 0 });
  });
});

describe('the id of a booking', () => {
  it('is the same where a restored database finds the rental again', async () => {
    const userId = await makeConnectedUser(em());
    await syncList(em(), userId, [at('one', 1), at('two', 2)]);
    const before = await bookingsOf(userId);
    await affected(em(), sql`delete from bookings where user_id = ${userId} and record_id = 'two'`);
    await syncList(em(), userId, [at('one', 1), at('two', 2)]);
    expect((await bookingsOf(userId)).map(({ id }) => id)).toEqual(before.map(({ id }) => id));
  });

  it('stays with the booking whose record was numbered anew', async () => {
    const userId = await makeConnectedUser(em());
    const one = at('one', 1);
    await syncList(em(), userId, [one]);
    const [before] = await bookingsOf(userId);
    await syncList(em(), userId, [anew('other', one)]);
    await syncList(em(), userId, [anew('other', one), at('one', 5)]);
    const after = await bookingsOf(userId);
    expect(after.find(({ recordId }) => recordId === 'other')?.id).toBe(before!.id);
    expect(after).toHaveLength(2);
  });
});
