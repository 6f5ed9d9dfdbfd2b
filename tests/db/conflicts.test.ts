/** What a sync found in the way of the rentals that it tells of, and what the page of one says. */
import { beforeEach, describe, expect, it } from 'vitest';
import { listBookings } from '#db/queries/bookings.ts';
import { readConflicts } from '#db/queries/conflicts.ts';
import { listEvents } from '#db/queries/events.ts';
import type { StagedRental } from '#db/queries/staged-rentals.ts';
import { makeConnectedUser, rental, syncList, useDatabase } from './fixtures.ts';

const { em } = useDatabase();
let userId: string;

beforeEach(async () => {
  userId = await makeConnectedUser(em());
});

const unionSquare = '890 Broadway (Union Square)';
const at = (time: string) => new Date(`2031-06-03T${time}:00Z`);
const from = (recordId: string, start: string, end: string, values: Partial<StagedRental> = {}) =>
  rental(recordId, { startsAt: at(start), endsAt: at(end), ...values });

interface Told {
  count: number;
  first: { kind: string; booking: { name: string; starts_at: string }; minutes_between?: number }[];
}

/** By the record id of the rental, what the events of this sync say, in words. */
async function told(...list: StagedRental[]): Promise<Record<string, string | undefined>> {
  const before = (await listEvents(em(), userId, { limit: 500 })).events.length;
  await syncList(em(), userId, list, { confirmed: true });
  const { events } = await listEvents(em(), userId, { limit: 500 });
  const ofRentals = events.slice(before).filter(({ type }) => type.startsWith('booking.'));
  return Object.fromEntries(
    ofRentals.map(({ data }) => {
      const conflicts = data.conflicts as Told | undefined;
      return [(data.booking as { record_id: string }).record_id, conflicts && inWords(conflicts)];
    }),
  );
}

const inWords = ({ count, first }: Told) =>
  `${count}: ${first.map((one) => [one.booking.name, one.minutes_between].filter((it) => it !== undefined).join(' ')).join(', ')}`;

describe('the event of a rental', () => {
  it('names what is at the same time, on both sides where both are new', async () => {
    expect(await told(from('a', '18:00', '20:00'), from('b', '19:00', '21:00'), from('c', '21:00', '22:00'))).toEqual({
      a: '1: R-b',
      b: '1: R-a',
      c: undefined,
    });
  });

  it('names it where the rental moves into another or into another house, and that one says nothing', async () => {
    const a = from('a', '18:00', '20:00');
    expect(await told(a, from('b', '20:00', '21:00'))).toEqual({ a: undefined, b: undefined });
    expect(await told(a, from('b', '19:30', '21:00'))).toEqual({ b: '1: R-a' });
    expect(await told(a, from('b', '20:10', '21:00'))).toEqual({ b: undefined });
    expect(await told(a, from('b', '20:10', '21:00', { location: unionSquare }))).toEqual({ b: '1: R-a 10' });
    expect(await told(a, from('b', '20:10', '21:00', { location: unionSquare, priceCents: 5 }))).toEqual({
      b: undefined,
    });
  });

  it('names it where the rental is back, and where it is held again', async () => {
    const [a, b] = [from('a', '18:00', '20:00'), from('b', '19:00', '21:00')];
    await told(a, b);
    await told(a);
    expect(await told(a, b)).toEqual({ b: '1: R-a' });
    expect(await told(a, { ...b, status: 'Canceled' })).toEqual({ b: undefined });
    expect(await told(a, { ...b, status: 'Requested' })).toEqual({ b: '1: R-a' });
    // From one status that holds the room to another is no news of it.
    expect(await told(a, { ...b, status: 'Approved' })).toEqual({ b: undefined });
  });

  it('does not count what is canceled, gone, over or another user’s', async () => {
    const [mine, theirs] = [userId, await makeConnectedUser(em())];
    userId = theirs;
    await told(from('a', '18:00', '20:00'));
    userId = mine;
    await told(from('gone', '18:00', '20:00'), from('off', '18:00', '20:00', { status: 'Canceled' }));
    expect(
      await told(from('off', '18:00', '20:00', { status: 'Canceled' }), from('a', '18:00', '20:00')),
    ).toMatchObject({
      a: undefined,
    });
    const past = { startsAt: new Date('2020-01-01T10:00:00Z') };
    expect(await told(from('a', '18:00', '20:00'), rental('x', past), rental('y', past))).toMatchObject({
      x: undefined,
      y: undefined,
    });
  });

  it('lists the first three and counts the others', async () => {
    const hours = ['10', '11', '12', '13', '14'].map((hour) => from(hour, `${hour}:00`, `${hour}:30`));
    await told(...hours);
    expect(await told(...hours, from('day', '09:00', '23:00'))).toEqual({ day: '5: R-10, R-11, R-12' });
  });

  it('shows the other one as the API shows bookings', async () => {
    await told(from('a', '18:00', '20:00'));
    await syncList(em(), userId, [from('a', '18:00', '20:00'), from('b', '20:10', '21:00', { location: unionSquare })]);
    const { bookings } = await listBookings(em(), userId, { limit: 9, order: 'oldest' });
    const { events } = await listEvents(em(), userId, { limit: 9 });
    const { conflicts } = events.find(({ data }) => data.conflicts !== undefined)!.data;
    expect(conflicts).toEqual({
      count: 1,
      first: [
        {
          kind: 'short_way',
          minutes_between: 10,
          minutes_needed: 25,
          booking: {
            ...{ id: bookings[0]!.id, name: 'R-a', studio: 'Studio A', location: '280 Broadway (Lower Manhattan)' },
            ...{ starts_at: '2031-06-03T18:00:00.000Z', ends_at: '2031-06-03T20:00:00.000Z' },
          },
        },
      ],
    });
  });
});

it('the page of a rental names its own only', async () => {
  await told(
    from('a', '18:00', '20:00'),
    from('b', '19:00', '21:00'),
    from('c', '21:10', '22:00', { location: unionSquare }),
    from('off', '19:00', '21:00', { status: 'Canceled' }),
  );
  const { bookings } = await listBookings(em(), userId, { limit: 9 });
  const of = async (recordId: string, reader = userId) => {
    const { id } = bookings.find((one) => one.recordId === recordId)!;
    return (await readConflicts(em(), reader, id)).map(({ kind, other }) => `${kind} ${other.recordId}`);
  };
  expect(await of('b')).toEqual(['same_time a', 'short_way c']);
  expect(await of('c')).toEqual(['short_way b']);
  expect(await of('off')).toEqual([]);
  expect(await of('b', await makeConnectedUser(em()))).toEqual([]);
  expect(await readConflicts(em(), userId, 'not-an-id')).toEqual([]);
});
