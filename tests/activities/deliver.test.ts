import { expect, it } from 'vitest';
import { listDeliveries, sendAgain } from '#db/queries/deliveries.ts';
import { readTarget } from '#db/queries/delivery-rounds.ts';
import { writeTestEvent } from '#db/queries/events.ts';
import { affected, sql } from '../support/sql.ts';
import { makeConnectedUser, rental, syncList } from '../db/fixtures.ts';
import { addTarget } from '../db/targets.ts';
import { until } from '../support/until.ts';
import { useDeliveries } from './deliveries.ts';

const { em, receiver, deliver, ensure, isRunning } = useDeliveries();

async function target() {
  const userId = await makeConnectedUser(em());
  return { userId, targetId: await addTarget(em(), userId) };
}

const statuses = async (userId: string) =>
  (await listDeliveries(em(), userId, { limit: 100 })).deliveries.map(({ status }) => status);
const allDelivered = (userId: string) =>
  until('all is delivered', async () => (await statuses(userId)).every((status) => status === 'delivered'));
/** Time passes for what waits. */
const hurry = async (targetId: string) => {
  await affected(em(), sql`update delivery_targets set held_until = null where id = ${targetId}`);
  await affected(em(), sql`update deliveries set next_at = now() where target_id = ${targetId} and status = 'pending'`);
  await deliver(targetId);
};

it('sends each event once, those of one booking in their order, and ends', async () => {
  const { userId, targetId } = await target();
  await syncList(em(), userId, [rental('a'), rental('b')]);
  await syncList(em(), userId, [rental('a', { studio: 'B' }), rental('b')]);
  await syncList(em(), userId, [rental('a', { studio: 'C' }), rental('b')]);
  await deliver(targetId);
  await allDelivered(userId);
  const heard = receiver.taken(targetId);
  expect(new Set(heard.map(({ eventId }) => eventId)).size).toBe(heard.length);
  expect(heard.map(({ type }) => type).sort()).toEqual([
    ...Array<string>(2).fill('booking.added'),
    ...Array<string>(2).fill('booking.changed'),
    ...Array<string>(3).fill('sync.completed'),
  ]);
  const ofA = heard.map(({ data }) => data.booking).filter((booking) => booking?.record_id === 'a');
  expect(ofA.map((booking) => booking!.studio)).toEqual(['Studio A', 'B', 'C']);
  await until('its workflow has ended', async () => !(await isRunning(targetId)));
});

it('keeps the order of a booking while its first event fails, and lets others go on', async () => {
  const { userId, targetId } = await target();
  await syncList(em(), userId, [rental('a')]);
  await syncList(em(), userId, [rental('a', { studio: 'B' }), rental('b')]);
  receiver.answer(targetId, ({ type, data }) => type !== 'booking.added' || data.booking?.record_id !== 'a');
  await deliver(targetId);
  await until('the others are sent', () => receiver.taken(targetId).length === 3);
  expect(receiver.taken(targetId).map(({ type }) => type)).not.toContain('booking.changed');
  receiver.answer(targetId, () => true);
  await hurry(targetId);
  await allDelivered(userId);
  const ofA = receiver.taken(targetId).filter(({ data }) => data.booking?.record_id === 'a');
  expect(ofA.map(({ type }) => type)).toEqual(['booking.added', 'booking.changed']);
});

it('asks a receiver that is down once for all, and sends all when it is back', async () => {
  const { userId, targetId } = await target();
  await syncList(
    em(),
    userId,
    Array.from({ length: 20 }, (_, index) => rental(`r${index}`)),
  );
  receiver.answer(targetId, () => false);
  await deliver(targetId);
  await until('a round failed', async () => (await readTarget(em(), targetId))!.failures === 1);
  expect(receiver.asked(targetId)).toBe(receiver.atOnce);
  await hurry(targetId);
  await until('a round failed', async () => (await readTarget(em(), targetId))!.failures === 2);
  receiver.answer(targetId, () => true);
  await affected(em(), sql`update delivery_targets set held_until = null where id = ${targetId}`);
  await deliver(targetId);
  await allDelivered(userId);
  expect(receiver.taken(targetId)).toHaveLength(21);
});

it('tries a test at once, whatever else waits, and never again', async () => {
  const { userId, targetId } = await target();
  await affected(em(), sql`update delivery_targets set disabled_reason = 'user' where id = ${targetId}`);
  receiver.answer(targetId, () => false);
  await writeTestEvent(em(), { userId, targetId, data: {} });
  await deliver(targetId);
  await until('it is given up', async () => (await statuses(userId))[0] === 'given_up');
  expect((await readTarget(em(), targetId))!.failures).toBe(0);
});

it('sends the same event again where a person asks for it', async () => {
  const { userId, targetId } = await target();
  await syncList(em(), userId, [rental('a')]);
  await deliver(targetId);
  await allDelivered(userId);
  const { deliveries } = await listDeliveries(em(), userId, { limit: 1 });
  const { id, eventId } = deliveries[0]!;
  expect(await sendAgain(em(), await makeConnectedUser(em()), id)).toBeNull();
  await sendAgain(em(), userId, id);
  await deliver(targetId);
  await allDelivered(userId);
  expect(receiver.taken(targetId).filter((one) => one.eventId === eventId)).toHaveLength(2);
});

it('is started by the reconciler where nobody did', async () => {
  const { userId, targetId } = await target();
  await syncList(em(), userId, [rental('a')]);
  expect((await ensure()).delivering).toBe(0);
  await affected(em(), sql`update deliveries set next_at = now() - interval '2 minutes' where target_id = ${targetId}`);
  expect((await ensure()).delivering).toBe(1);
  await allDelivered(userId);
  expect((await ensure()).delivering).toBe(0);
});
