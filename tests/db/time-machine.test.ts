/** Rentals as they were: what is taken back from the changes must be what each sync left behind. */
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { rewind } from '#domain/time-machine.ts';
import { listBookings } from '#db/queries/bookings.ts';
import { listChangesSince, listSeenUntil, rememberedSince } from '#db/queries/time-machine.ts';
import { affected, firstRow, sql } from '../support/sql.ts';
import { makeConnectedUser, rental, syncList, useDatabase } from './fixtures.ts';

const { em } = useDatabase();

/** All changes are kept. */
const long = new Date(0);

async function asOf(userId: string, at: Date) {
  const [rows, since] = await Promise.all([listSeenUntil(em(), userId, at), listChangesSince(em(), userId, at)]);
  return rewind(rows, since, await rememberedSince(em(), userId, long));
}

/** By our own ids: the portal may give a rental another one of its own. */
const told = (rows: { id: string }[], names: readonly string[]) =>
  Object.fromEntries(
    rows.map((row) => [row.id, names.map((name) => (row as unknown as Record<string, unknown>)[name])]),
  );
const values = ['name', 'startsAt', 'endsAt', 'studio', 'location', 'status', 'priceCents', 'removedAt', 'firstSeenAt'];

const lastChange = async (userId: string) =>
  (await firstRow<{ at: Date }>(em(), sql`select max(at) as at from booking_changes where user_id = ${userId}`))!.at;

const listed = fc.record({
  id: fc.integer({ min: 0, max: 5 }),
  name: fc.constantFrom('R-1', 'R-2'),
  day: fc.integer({ min: 1, max: 3 }),
  studio: fc.constantFrom('Studio A', 'Studio B'),
  location: fc.constantFrom('280 Broadway', '890 Broadway'),
  status: fc.constantFrom('Approved', 'Canceled'),
  priceCents: fc.constantFrom(null, 1_900, 0),
});
const lists = fc.array(fc.uniqueArray(listed, { selector: ({ id }) => id, maxLength: 6 }), {
  minLength: 3,
  maxLength: 7,
});

it('taken back from what changed, they are what each sync left behind, gone and back again included', async () => {
  await fc.assert(
    fc.asyncProperty(lists, async (syncs) => {
      const userId = await makeConnectedUser(em());
      const left: { at: Date; rows: Record<string, unknown[]> }[] = [];
      for (const list of syncs) {
        const rentals = list.map(({ id, day, ...rest }) => {
          const startsAt = new Date(`2027-03-1${day}T15:00:00Z`);
          return rental(`${id}`, { ...rest, startsAt, endsAt: new Date(startsAt.getTime() + 3_600_000) });
        });
        await syncList(em(), userId, rentals, { confirmed: true });
        const { bookings } = await listBookings(em(), userId, { limit: 100 });
        if (bookings.length > 0) left.push({ at: await lastChange(userId), rows: told(bookings, values) });
      }
      for (const { at, rows } of left) expect(told(await asOf(userId, at), values)).toEqual(rows);
    }),
    { seed: 42, numRuns: 10 },
  );
}, 60_000);

it('says of each whether it is still the same', async () => {
  const userId = await makeConnectedUser(em());
  await syncList(em(), userId, [rental('moves'), rental('stays')]);
  const at = await lastChange(userId);
  await syncList(em(), userId, [rental('moves', { studio: 'Studio B' }), rental('stays'), rental('new')]);
  const found = (await asOf(userId, at)).map(({ recordId, studio, changedSince }) => [recordId, studio, changedSince]);
  expect(found.sort()).toEqual([
    ['moves', 'Studio A', true],
    ['stays', 'Studio A', false],
  ]);
});

it('are remembered from the first sync on, or from the oldest change that is left', async () => {
  const userId = await makeConnectedUser(em());
  expect(await rememberedSince(em(), userId, long)).toBeNull();
  await syncList(em(), userId, [rental('one')]);
  const first = await lastChange(userId);
  await syncList(em(), userId, [rental('one', { studio: 'Studio B' })]);
  const second = await lastChange(userId);
  expect(await rememberedSince(em(), userId, long)).toEqual(first);
  await affected(em(), sql`delete from booking_changes where user_id = ${userId} and at <= ${first}`);
  expect(await rememberedSince(em(), userId, long)).toEqual(second);
  await affected(em(), sql`delete from booking_changes where user_id = ${userId}`);
  expect(await rememberedSince(em(), userId, long)).toEqual(second);
  expect(await rememberedSince(em(), randomUUID(), long)).toBeNull();
});

/** As if all of it had been so many days ago. */
async function age(userId: string, days: number): Promise<void> {
  const ago = sql`make_interval(days => ${days})`;
  await affected(em(), sql`update booking_changes set at = at - ${ago} where user_id = ${userId}`);
  await affected(
    em(),
    sql`update bookings set first_seen_at = first_seen_at - ${ago}, updated_at = updated_at - ${ago} where user_id = ${userId}`,
  );
}
const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000);

it('are remembered as long as changes are kept, also where hardly anything changes', async () => {
  const userId = await makeConnectedUser(em());
  await syncList(em(), userId, [rental('one'), rental('two')]);
  await age(userId, 40);
  await syncList(em(), userId, [rental('one', { studio: 'Studio B' }), rental('two')]);
  const change = await lastChange(userId);
  const horizon = daysAgo(30);
  await affected(em(), sql`delete from booking_changes where user_id = ${userId} and at < ${horizon}`);
  expect(await rememberedSince(em(), userId, horizon)).toEqual(horizon);
  // Since when they are kept for longer than they were.
  expect(await rememberedSince(em(), userId, daysAgo(60))).toEqual(change);
});

it('one that was gone is gone also where its removal is forgotten', async () => {
  const userId = await makeConnectedUser(em());
  await syncList(em(), userId, [rental('one'), rental('back')]);
  await syncList(em(), userId, [rental('one')], { confirmed: true });
  await age(userId, 40);
  await syncList(em(), userId, [rental('one'), rental('back')]);
  const horizon = daysAgo(30);
  await affected(em(), sql`delete from booking_changes where user_id = ${userId} and at < ${horizon}`);
  const [rows, since] = await Promise.all([
    listSeenUntil(em(), userId, daysAgo(10)),
    listChangesSince(em(), userId, daysAgo(10)),
  ]);
  const known = rewind(rows, since, horizon).map(({ recordId, removedAt }) => [recordId, removedAt]);
  expect(known.toSorted()).toEqual([
    ['back', horizon],
    ['one', null],
  ]);
});
