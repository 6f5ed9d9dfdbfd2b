/** What is to be written into a connected calendar: the difference between the bookings and what we wrote. */
import { beforeEach, expect, it } from 'vitest';
import { listConnections, noteDue, readPushTarget } from '#db/queries/calendar-connections.ts';
import { listWritten, noteWritten, readPushWork, type WrittenEvent } from '#db/queries/calendar-events.ts';
import { affected, sql } from '../support/sql.ts';
import { addCalendar } from './calendars.ts';
import { makeConnectedUser, rental, syncList, useDatabase } from './fixtures.ts';

const { em } = useDatabase();
const now = new Date();
const dayMs = 86_400_000;
const inDays = (days: number) => new Date(now.getTime() + days * dayMs);
let userId: string;
let id: string;

beforeEach(async () => {
  userId = await makeConnectedUser(em());
  id = await addCalendar(em(), userId);
});

const work = (limit = 100) => readPushWork(em(), id, now, limit);
const named = async (limit?: number) => (await work(limit)).map(({ action, recordId }) => `${action} ${recordId}`);
async function write(state: WrittenEvent['state'] = 'written'): Promise<void> {
  for (const { id: bookingId, contentHash, sequence } of await work())
    await noteWritten(em(), id, { bookingId, contentHash, sequence, state, href: 'x.ics', name: 'x', etag: null });
}

it('begins with what comes next, and ends with the past', async () => {
  await syncList(em(), userId, [
    rental('past', { startsAt: inDays(-3) }),
    rental('older', { startsAt: inDays(-30) }),
    rental('later', { startsAt: inDays(30) }),
    rental('next', { startsAt: inDays(1) }),
    rental('off', { startsAt: inDays(2), status: 'Canceled' }),
  ]);
  expect(await named()).toEqual(['write next', 'write later', 'write past', 'write older']);
  expect(await named(2)).toEqual(['write next', 'write later']);
  expect(await listConnections(em(), userId)).toMatchObject([{ id, pending: 4, refused: 0, state: 'filling' }]);
});

it('is nothing where nothing changed that is written, whoever asks in whatever time zone', async () => {
  await syncList(em(), userId, [rental('one')]);
  await write();
  await affected(em(), sql`update bookings set last_seen_at = now(), updated_at = now() where user_id = ${userId}`);
  expect(await named()).toEqual([]);
  await affected(em(), sql`update bookings set price_cents = 1 where user_id = ${userId}`);
  expect(await named()).toEqual(['write one']);
});

it('marks what is canceled or gone for two weeks, and then takes it out', async () => {
  await syncList(em(), userId, [rental('one'), rental('two')]);
  await write();
  await syncList(em(), userId, [rental('one', { status: 'Declined' })], { confirmed: true });
  expect((await named()).sort()).toEqual(['write one', 'write two']);
  await write();
  expect(await named()).toEqual([]);
  await affected(em(), sql`update bookings set updated_at = ${inDays(-16)} where user_id = ${userId}`);
  expect((await named()).sort()).toEqual(['remove one', 'remove two']);
});

it.each([
  ['deleted', []],
  ['refused', ['write two']],
] as const)('leaves alone what was %s, until the booking changes', async (state, canceled) => {
  await syncList(em(), userId, [rental('one'), rental('two')]);
  await write(state);
  expect(await named()).toEqual([]);
  await syncList(em(), userId, [rental('one', { studio: 'Studio 2' }), rental('two', { status: 'Canceled' })]);
  expect((await named()).sort()).toEqual(['write one', ...canceled]);
});

it('takes out after two weeks what was refused and may be there as it was before', async () => {
  await syncList(em(), userId, [rental('one')]);
  await write('refused');
  await syncList(em(), userId, [rental('one', { status: 'Canceled' })]);
  await write('refused');
  expect(await named()).toEqual([]);
  await affected(em(), sql`update bookings set updated_at = ${inDays(-16)} where user_id = ${userId}`);
  expect(await named()).toEqual(['remove one']);
  expect(await listWritten(em(), id, 10)).toHaveLength(1);
});

it('is once a day what was refused, while anybody cares', async () => {
  await syncList(em(), userId, [rental('ahead', { startsAt: inDays(3) }), rental('over', { startsAt: inDays(-30) })]);
  await write('refused');
  await noteDue(em(), userId);
  expect(await named()).toEqual([]);
  await affected(em(), sql`update calendar_connections set looked_at = ${inDays(-2)} where id = ${id}`);
  await noteDue(em(), userId);
  expect(await named()).toEqual(['write ahead']);
  const { dueAt } = (await readPushTarget(em(), id))!;
  expect(dueAt).not.toBeNull();
});

it('takes out what may have been made of a booking that is canceled by now', async () => {
  await syncList(em(), userId, [rental('one')]);
  await write('intended');
  await syncList(em(), userId, [rental('one', { status: 'Canceled' })]);
  expect(await named()).toEqual(['remove one']);
});

it('is each calendar’s own, also of thousands', async () => {
  const list = Array.from({ length: 5_000 }, (_, index) => rental(`r${index}`, { startsAt: inDays(index / 50) }));
  await syncList(em(), userId, list);
  expect(await named(200)).toHaveLength(200);
  const others = await makeConnectedUser(em());
  expect(await listConnections(em(), others)).toEqual([]);
  expect((await listConnections(em(), userId))[0]!.pending).toBe(5_000);
});

it('leaves what took place as it is when it leaves the list years later', async () => {
  await syncList(em(), userId, [rental('old', { startsAt: inDays(-700) }), rental('next')]);
  await write();
  for (const _ of [1, 2]) await syncList(em(), userId, [rental('next')], { confirmed: true });
  expect(await named()).toEqual([]);
});
