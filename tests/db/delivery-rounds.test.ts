import { beforeEach, expect, it } from 'vitest';
import { listDeliveries, listWaitingTargets, sendAgain, sendSince } from '#db/queries/deliveries.ts';
import { listOverdueTargets, readTarget, recordRound } from '#db/queries/delivery-rounds.ts';
import { writeTestEvent } from '#db/queries/events.ts';
import { affected, firstRow, rows, sql } from '../support/sql.ts';
import { until } from '../support/until.ts';
import { makeConnectedUser, rental, syncList, useDatabase } from './fixtures.ts';
import { addTarget } from './targets.ts';

const { em } = useDatabase();
let userId: string;
let targetId: string;

beforeEach(async () => {
  userId = await makeConnectedUser(em());
  targetId = await addTarget(em(), userId, { events: ['booking.added', 'booking.changed'] });
});

const log = async () => (await listDeliveries(em(), userId, { limit: 10 })).deliveries;
const disable = () => affected(em(), sql`update delivery_targets set disabled_reason = 'user' where id = ${targetId}`);
const overdue = async () => (await listOverdueTargets(em(), 60_000, 100)).filter((id) => id === targetId).length;
const wait = (type: string, minutes: number) =>
  affected(
    em(),
    sql`update deliveries d set next_at = now() + ${minutes} * interval '1 minute'
    from events e where e.seq = d.event_seq and e.type = ${type} and d.target_id = ${targetId}`,
  );

it('a target is overdue by what may be tried, not by what waits behind that', async () => {
  await syncList(em(), userId, [rental('a')]);
  await syncList(em(), userId, [rental('a', { studio: 'B' })]);
  await wait('booking.changed', -5);
  await wait('booking.added', 5);
  expect(await overdue()).toBe(0);
  await wait('booking.added', -5);
  expect(await overdue()).toBe(1);
  await affected(em(), sql`update delivery_targets set held_until = now() + interval '1 hour' where id = ${targetId}`);
  expect(await overdue()).toBe(0);
  await writeTestEvent(em(), { userId, targetId, data: {} });
  await wait('test', -5);
  expect(await overdue()).toBe(1);
});

it('a target is not overdue by what comes after a message that is tried again later', async () => {
  await affected(em(), sql`update delivery_targets set channel = 'mail' where id = ${targetId}`);
  await syncList(em(), userId, [rental('a')]);
  await affected(em(), sql`update deliveries set bundle = gen_random_uuid() where target_id = ${targetId}`);
  await wait('booking.added', 5);
  await syncList(em(), userId, [rental('a'), rental('b')]);
  await affected(
    em(),
    sql`update deliveries set next_at = now() - interval '5 minutes' where target_id = ${targetId} and bundle is null`,
  );
  expect(await overdue()).toBe(0);
  await wait('booking.added', -5);
  expect(await overdue()).toBe(1);
});

it('a target that is told all in one message is overdue by what is due behind what waits', async () => {
  await affected(em(), sql`update delivery_targets set channel = 'mail' where id = ${targetId}`);
  await syncList(em(), userId, [rental('a')]);
  await syncList(em(), userId, [rental('a', { studio: 'B' })]);
  await wait('booking.added', 60);
  expect(await overdue()).toBe(0);
  await wait('booking.changed', -5);
  expect(await overdue()).toBe(1);
  const inMessage = (tries: number) =>
    affected(
      em(),
      sql`update deliveries set bundle = gen_random_uuid(), tries = ${tries}
      where target_id = ${targetId} and next_at > now()`,
    );
  await inMessage(2);
  expect(await overdue()).toBe(0);
  await inMessage(3);
  expect(await overdue()).toBe(1);
});

it('what waits for its hour still does where a target takes things again, and what failed is due', async () => {
  await syncList(em(), userId, [rental('a'), rental('b')]);
  await wait('booking.added', 60);
  const [first] = await log();
  await affected(em(), sql`update deliveries set tries = 1 where id = ${first!.id}`);
  const target = (await readTarget(em(), targetId))!;
  expect(await recordRound(em(), target, { outcomes: [], target: null, isBack: true })).toBe(true);
  const now = Date.now();
  expect((await log()).map(({ nextAt }) => nextAt!.getTime() > now + 60_000)).toEqual([false, true]);
});

it('one that is off waits for nothing but tests, and nothing is sent there again', async () => {
  await syncList(em(), userId, [rental('a')]);
  await disable();
  expect(await listWaitingTargets(em(), userId)).toEqual([]);
  const { id } = (await log())[0]!;
  await affected(em(), sql`update deliveries set status = 'given_up', next_at = null where id = ${id}`);
  expect(await sendAgain(em(), userId, id)).toBe('disabled');
  expect(await sendSince(em(), userId, targetId, { since: new Date(0), includeDelivered: false })).toBeNull();
  expect(await log()).toMatchObject([{ status: 'given_up' }]);
  const test = (await writeTestEvent(em(), { userId, targetId, data: {} }))!;
  expect(await sendAgain(em(), userId, test)).toMatchObject({ status: 'pending' });
  expect(await listWaitingTargets(em(), userId)).toEqual([targetId]);
});

const somebodyWaits = () =>
  until('somebody waits for a lock', async () => {
    const waiting = sql`select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
    return (await firstRow(em(), waiting)) !== null;
  });

it.each([
  ['one again', async () => sendAgain(em(), userId, (await log())[0]!.id)],
  ['all again', () => sendSince(em(), userId, targetId, { since: new Date(0), includeDelivered: false })],
])('a person who has %s sent waits for a round, and not the round for them', async (_, act) => {
  await syncList(em(), userId, [rental('a'), rental('b')]);
  await affected(em(), sql`update deliveries set status = 'given_up' where target_id = ${targetId}`);
  let asked: Promise<unknown> | undefined;
  // In the order of `recordRound`.
  await em().transactional(async (tx) => {
    await rows(tx, sql`select 1 from delivery_targets where id = ${targetId} for no key update`);
    asked = act();
    asked.catch(() => undefined); // looked at below
    await somebodyWaits();
    await affected(tx, sql`update deliveries set tries = 9 where target_id = ${targetId}`);
  });
  await asked;
  expect((await log()).map(({ status }) => status)).toContain('pending');
});

it('a round waits for the deletion of an account before it locks anything else', async () => {
  const target = (await readTarget(em(), targetId))!;
  let round: Promise<boolean> | undefined;
  await em().transactional(async (tx) => {
    await rows(tx, sql`select 1 from users where id = ${userId} for update`);
    round = recordRound(em(), target, { outcomes: [], target: null, isBack: false });
    await somebodyWaits();
    await affected(tx, sql`delete from users where id = ${userId}`);
  });
  expect(await round).toBe(false);
});
