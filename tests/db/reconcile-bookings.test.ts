/** A list against the stored bookings: what is new, the same, changed or unreadable. */
import { describe, expect, it } from 'vitest';
import { listJobLogs } from '#db/queries/sync-jobs.ts';
import { listBookings, listChanges, type BookingRow } from '#db/queries/bookings.ts';
import { hourMs, makeConnectedUser, rental, syncList, unreadable, useDatabase, stored } from './fixtures.ts';

const { em } = useDatabase();

async function bookingsOf(userId: string): Promise<Record<string, BookingRow>> {
  const { bookings } = await listBookings(em(), userId, { limit: 10_000 });
  return Object.fromEntries(bookings.map((booking) => [booking.recordId, booking]));
}

async function changesOf(userId: string, jobId: string) {
  const { changes } = await listChanges(em(), userId, { limit: 10_000, jobId });
  return changes.map(({ kind, name, before, after }) => ({ kind, name, before, after }));
}

const later = (hours: number) => new Date(Math.ceil(Date.now() / hourMs) * hourMs + hours * hourMs);

describe('a first list', () => {
  it('becomes bookings with all their values, each noted as added', async () => {
    const userId = await makeConnectedUser(em());
    const row = rental('one', { priceCents: 123_450, name: 'Répétition 舞' });
    const { result, jobId } = await syncList(em(), userId, [row, rental('two', { priceCents: null })]);

    expect(result).toEqual(stored({ bookingsSynced: 2, added: 2 }));
    const { one, two } = await bookingsOf(userId);
    expect(one).toMatchObject({
      name: 'Répétition 舞',
      startsAt: row.startsAt,
      endsAt: row.endsAt,
      studio: 'Studio A',
      location: '280 Broadway (Lower Manhattan)',
      status: 'Approved',
      priceCents: 123_450,
      recordUrl: 'https://portal.test/s/booking-item/one',
      removedAt: null,
      sequence: 0,
    });
    expect(one!.firstSeenAt).toEqual(one!.lastSeenAt);
    expect(two!.priceCents).toBeNull();
    expect(await changesOf(userId, jobId)).toContainEqual({
      kind: 'added',
      name: 'Répétition 舞',
      before: null,
      after: {
        name: 'Répétition 舞',
        starts_at: row.startsAt!.toISOString(),
        ends_at: row.endsAt!.toISOString(),
        studio: 'Studio A',
        location: '280 Broadway (Lower Manhattan)',
        status: 'Approved',
        price_cents: 123_450,
      },
    });
  });

  it('may be empty', async () => {
    const userId = await makeConnectedUser(em());
    const { result } = await syncList(em(), userId, []);
    expect(result).toEqual(stored({ bookingsSynced: 0 }));
  });
});

describe('the same list again', () => {
  it('moves only the time of the last sight', async () => {
    const userId = await makeConnectedUser(em());
    const list = [rental('one'), rental('two')];
    await syncList(em(), userId, list);
    const before = await bookingsOf(userId);
    const { result, jobId } = await syncList(em(), userId, list);

    expect(result).toEqual(stored({ bookingsSynced: 2 }));
    expect(await changesOf(userId, jobId)).toEqual([]);
    const after = await bookingsOf(userId);
    expect(after.one!.lastSeenAt.getTime()).toBeGreaterThan(before.one!.lastSeenAt.getTime());
    expect({ ...after.one, lastSeenAt: null }).toEqual({ ...before.one, lastSeenAt: null });
  });

  it('follows a new link without calling it a change', async () => {
    const userId = await makeConnectedUser(em());
    const row = rental('one');
    await syncList(em(), userId, [row]);
    const { result } = await syncList(em(), userId, [{ ...row, recordUrl: 'https://portal.test/new' }]);
    expect(result).toEqual(stored({ bookingsSynced: 1 }));
    expect((await bookingsOf(userId)).one).toMatchObject({ recordUrl: 'https://portal.test/new', sequence: 0 });
  });
});

describe('a changed rental', () => {
  it.each([
    ['moved', { startsAt: later(48), endsAt: later(50) }, ['starts_at', 'ends_at']],
    ['renamed', { name: 'R-2' }, ['name']],
    ['studio', { studio: 'Studio 3' }, ['studio']],
    ['location', { location: '890 Broadway (Union Square)' }, ['location']],
    ['price', { priceCents: null }, ['price_cents']],
    ['status', { status: 'Canceled' }, ['status']],
  ] as const)('is noted as %s with what was and what is', async (kind, values, fields) => {
    const userId = await makeConnectedUser(em());
    const row = rental('one', { startsAt: later(24), endsAt: later(25) });
    await syncList(em(), userId, [row, rental('two')]);
    const { result, jobId } = await syncList(em(), userId, [{ ...row, ...values }, rental('two')]);

    expect(result).toEqual(stored({ bookingsSynced: 2, changed: 1 }));
    const { one } = await bookingsOf(userId);
    expect(one).toMatchObject({ ...values, sequence: 1 });
    expect(one!.updatedAt.getTime()).toBeGreaterThan(one!.firstSeenAt.getTime());
    const [change, ...others] = await changesOf(userId, jobId);
    expect(others).toEqual([]);
    expect(change!.kind).toBe(kind);
    expect(Object.keys(change!.before!).sort()).toEqual([...fields].sort());
    expect(Object.keys(change!.after!).sort()).toEqual([...fields].sort());
    expect(change!.before).not.toEqual(change!.after);
  });

  it('that changed in several ways raises its sequence once and notes each way', async () => {
    const userId = await makeConnectedUser(em());
    const row = rental('one');
    await syncList(em(), userId, [row]);
    const { result, jobId } = await syncList(em(), userId, [
      { ...row, status: 'Canceled', priceCents: 0, studio: 'B' },
    ]);
    expect(result).toEqual(stored({ bookingsSynced: 1, changed: 1 }));
    expect((await changesOf(userId, jobId)).map(({ kind }) => kind).sort()).toEqual(['price', 'status', 'studio']);
    expect((await bookingsOf(userId)).one!.sequence).toBe(1);
  });
});

describe('a row that cannot be read', () => {
  it('counts as seen and leaves the booking its last good values', async () => {
    const userId = await makeConnectedUser(em());
    await syncList(em(), userId, [rental('one'), rental('two')]);
    const before = await bookingsOf(userId);
    const { result, jobId } = await syncList(em(), userId, [unreadable('one'), rental('two')]);

    expect(result).toEqual(stored({ bookingsSynced: 2, partial: true }));
    const { one } = await bookingsOf(userId);
    expect({ ...one, lastSeenAt: null }).toEqual({ ...before.one, lastSeenAt: null });
    expect(one!.lastSeenAt.getTime()).toBeGreaterThan(before.one!.lastSeenAt.getTime());
    expect(await changesOf(userId, jobId)).toEqual([]);
  });

  it('does not become a booking where none is known', async () => {
    const userId = await makeConnectedUser(em());
    const { result, jobId } = await syncList(em(), userId, [unreadable('new'), rental('two')]);
    expect(result).toEqual(stored({ bookingsSynced: 1, listed: 2, added: 1, partial: true }));
    expect(Object.keys(await bookingsOf(userId))).toEqual(['two']);
    const { logs } = await listJobLogs(em(), userId, jobId, { limit: 10 });
    expect(logs.map(({ message }) => message)).toEqual([
      'Stored 1 of 2 rentals: 1 new, 0 changed, 0 gone.',
      'Successfully synced 1 of 2 bookings; 1 could not be read',
    ]);
  });

  it('becomes one where its times can be read, whatever else cannot', async () => {
    const userId = await makeConnectedUser(em());
    const odd = {
      priceCents: null,
      status: '',
      problem: 'the row has no status',
      unreadable: ['price_cents', 'status'],
    };
    const { result } = await syncList(em(), userId, [rental('one', odd)]);
    expect(result).toEqual(stored({ bookingsSynced: 1, added: 1, partial: true }));
    expect((await bookingsOf(userId)).one).toMatchObject({ status: '', priceCents: null, studio: 'Studio A' });
  });

  it.each([
    ['its price', ['price_cents'], { priceCents: null }, { status: 'Canceled', studio: 'B', priceCents: 1900 }],
    ['its status', ['status'], { status: '' }, { status: 'Approved', studio: 'B', priceCents: 0 }],
    ['its times', ['starts_at', 'ends_at'], { startsAt: null, endsAt: null }, { status: 'Canceled', priceCents: 0 }],
    ['its name', ['name'], { name: '' }, { name: 'R-one', status: 'Canceled', priceCents: 0 }],
  ])('keeps %s and takes everything else', async (_, columns, values, expected) => {
    const userId = await makeConnectedUser(em());
    const known = rental('one');
    await syncList(em(), userId, [known]);
    const news = { ...known, status: 'Canceled', priceCents: 0, studio: 'B', ...values };
    const { result } = await syncList(em(), userId, [{ ...news, problem: 'something', unreadable: columns }]);
    expect(result).toEqual(stored({ bookingsSynced: 1, changed: 1, partial: true }));
    const { startsAt, endsAt } = known;
    expect((await bookingsOf(userId)).one).toMatchObject({ startsAt, endsAt, ...expected });
  });

  it('that the version before staged is taken for nothing', async () => {
    const userId = await makeConnectedUser(em());
    await syncList(em(), userId, [rental('one')]);
    const old = rental('one', { priceCents: null, status: 'Canceled', problem: 'the price cannot be read' });
    await syncList(em(), userId, [old]);
    expect((await bookingsOf(userId)).one).toMatchObject({ status: 'Approved', priceCents: 1900 });
  });

  it('brings a removed booking back as it was', async () => {
    const userId = await makeConnectedUser(em());
    const [one, two] = [rental('one'), rental('two')];
    await syncList(em(), userId, [one, two, rental('three')]);
    await syncList(em(), userId, [one, two]);
    const { jobId } = await syncList(em(), userId, [one, two, unreadable('three')]);
    expect((await changesOf(userId, jobId)).map(({ kind }) => kind)).toEqual(['restored']);
    expect((await bookingsOf(userId)).three).toMatchObject({ removedAt: null, name: 'R-three', priceCents: 1900 });
  });
});

describe('a record id that is listed twice', () => {
  it('counts once, with the values of the last row', async () => {
    const userId = await makeConnectedUser(em());
    const rows = [rental('one', { status: 'Pending' }), rental('one', { status: 'Approved' })];
    const { result } = await syncList(em(), userId, rows);
    expect(result).toEqual(stored({ bookingsSynced: 1, added: 1 }));
    expect((await bookingsOf(userId)).one!.status).toBe('Approved');
  });

  it('takes the values of a row that can be read before those of one that cannot', async () => {
    const userId = await makeConnectedUser(em());
    await syncList(em(), userId, [rental('one', { status: 'Pending' }), unreadable('one')]);
    expect((await bookingsOf(userId)).one!.status).toBe('Pending');
  });
});
