/** A round of deliveries while others change what it began with. */
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { beforeEach, expect, it } from 'vitest';
import { createDeliverDue } from '#activities/deliver-due.ts';
import { createTellOwner } from '#activities/tell-owner.ts';
import { changeTarget } from '#db/queries/delivery-targets.ts';
import { listDeliveries, readLastFailure, sendAgain } from '#db/queries/deliveries.ts';
import { readTarget } from '#db/queries/delivery-rounds.ts';
import { writeTestEvent } from '#db/queries/events.ts';
import type { DeliveryActivities } from '#domain/activities.ts';
import type { DeliveryChannel } from '#notifications/channel.ts';
import type { Tried } from '#domain/deliveries.ts';
import { affected, sql } from '../support/sql.ts';
import { makeConnectedUser, rental, syncList, useDatabase } from '../db/fixtures.ts';
import { addTarget } from '../db/targets.ts';
import { depsWith } from './light-activities.ts';

type Answer = Awaited<ReturnType<DeliveryActivities['deliverDue']>>;

const { em, orm } = useDatabase();
const failed: Tried = { outcome: 'failed', error: 'not now', status: 500 };
const delivered: Tried = { outcome: 'delivered', status: 200 };
let userId: string;
let targetId: string;

beforeEach(async () => {
  userId = await makeConnectedUser(em());
  targetId = await addTarget(em(), userId, { events: ['booking.added'] });
});

const environment = () => new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR', () => undefined) });

/** One call of the activity, whose receiver answers as `answer` says. */
function deliverDue(answer: () => Tried | Promise<Tried>): Promise<Answer> {
  const deliver = async (_: unknown, due: unknown[]) => Promise.all(due.map(async () => answer()));
  const activity = createDeliverDue({ orm: orm(), channels: { webhook: { atOnce: 8, deliver } } });
  return environment().run<[{ targetId: string }], Answer, typeof activity>(activity, { targetId });
}

/** The same, cut off while the receiver answers. */
async function cutOff(answer: (place: number) => Tried): Promise<void> {
  const env = environment();
  const deliver = async (_: unknown, due: unknown[]) => {
    env.cancel();
    return due.map((__, place) => answer(place));
  };
  const activity = createDeliverDue({ orm: orm(), channels: { webhook: { atOnce: 8, deliver } } });
  await expect(env.run<[{ targetId: string }], Answer, typeof activity>(activity, { targetId })).rejects.toThrow();
}

const target = async () => (await readTarget(em(), targetId))!;
const log = async () => (await listDeliveries(em(), userId, { limit: 10 })).deliveries;
const change = (values: Parameters<typeof changeTarget>[2]) =>
  changeTarget(em(), { userId, channel: 'webhook', id: targetId }, values);
/** Time passes for what waits. */
async function hurry(): Promise<void> {
  await affected(em(), sql`update delivery_targets set held_until = null where id = ${targetId}`);
  await affected(em(), sql`update deliveries set next_at = now() where target_id = ${targetId} and status = 'pending'`);
}
/** The next failure is the last one. */
const almostGivenUp = () =>
  affected(
    em(),
    sql`update delivery_targets set failures = 9, warned = 90, told = 90, failing_since = now() - interval '80 hours'
      where id = ${targetId}`,
  );

it.each([
  ['gave another address', { address: 'https://other.test/' }],
  ['turned it on again', { disabledReason: null }],
])('disables nothing and gives nothing up where its owner %s while it failed', async (_, values) => {
  await syncList(em(), userId, [rental('a'), rental('b')]);
  await almostGivenUp();
  let changed = 0;
  await deliverDue(async () => {
    if (changed > 0) return delivered;
    await change(values);
    changed += 1;
    return failed;
  });
  expect(await target()).toMatchObject({ failures: 0, disabledReason: null, heldUntil: null, warned: 0 });
  expect((await log()).map(({ status }) => status)).toEqual(['delivered', 'delivered']);
});

it('leaves a target off that its owner turned off while it was tried', async () => {
  await syncList(em(), userId, [rental('a')]);
  await deliverDue(async () => {
    await change({ disabledReason: 'user' });
    return failed;
  });
  expect(await target()).toMatchObject({ failures: 0, disabledReason: 'user' });
  expect(await log()).toMatchObject([{ status: 'pending', attempts: [{ responseStatus: 500 }] }]);
});

it('says of what was never tried why it is given up, and goes on saying what the receiver said', async () => {
  await syncList(
    em(),
    userId,
    Array.from({ length: 9 }, (_, index) => rental(`r${index}`)),
  );
  await deliverDue(() => ({ outcome: 'failed', error: 'answered 410', status: 410, gone: true }));
  const all = await log();
  expect(all.map(({ status }) => status)).toEqual(Array.from({ length: 9 }, () => 'given_up'));
  const untried = all.filter(({ attempts }) => attempts.every(({ responseStatus }) => responseStatus === null));
  expect(untried).toHaveLength(1);
  expect(untried[0]!.attempts).toMatchObject([
    { error: 'Not sent: the receiver takes nothing any more.', answer: null },
  ]);
  expect(await readLastFailure(em(), targetId)).toEqual({ event: 'booking.added', error: 'answered 410' });
});

it('takes nothing back that another round delivered meanwhile', async () => {
  await syncList(em(), userId, [rental('a')]);
  await deliverDue(async () => {
    await deliverDue(() => delivered);
    return failed;
  });
  expect(await log()).toMatchObject([{ status: 'delivered', nextAt: null }]);
  expect(await target()).toMatchObject({ failures: 0, heldUntil: null });
});

it('writes down what was taken where it is cut off, and nothing of what was not', async () => {
  await syncList(em(), userId, [rental('a'), rental('b')]);
  await cutOff((place) => (place === 0 ? delivered : failed));
  const all = await log();
  expect(all.map(({ status }) => status).sort()).toEqual(['delivered', 'pending']);
  expect(all.find(({ status }) => status === 'pending')).toMatchObject({ attempts: [] });
  expect(await target()).toMatchObject({ failures: 0, heldUntil: null });
});

it('ends soon where it is cut off in the middle of a message, which is the same one when it is sent again', async () => {
  await affected(em(), sql`update delivery_targets set channel = 'mail' where id = ${targetId}`);
  await syncList(em(), userId, [rental('a'), rental('b')]);
  const bundles: unknown[] = [];
  const run = (deliver: DeliveryChannel['deliver'], env = environment()) => {
    const activity = createDeliverDue({ orm: orm(), channels: { mail: { atOnce: 8, inOneMessage: true, deliver } } });
    return env.run<[{ targetId: string }], Answer, typeof activity>(activity, { targetId });
  };
  const env = environment();
  const never = run((_, [first]) => {
    bundles.push(first!.bundle);
    env.cancel();
    return new Promise(() => undefined);
  }, env);
  await expect(never).rejects.toThrow();
  expect(await log()).toMatchObject([{ status: 'pending', attempts: [] }, { status: 'pending' }]);
  await run(async (_, due) => {
    bundles.push(due[0]!.bundle, due[0]!.wasCutOff);
    return due.map(() => delivered);
  });
  expect(bundles).toEqual([bundles[0], bundles[0], true]);
  expect((await log()).map(({ status }) => status)).toEqual(['delivered', 'delivered']);
});

it('holds a mistake of this service against no receiver', async () => {
  await syncList(em(), userId, [rental('a')]);
  await deliverDue(() => {
    throw new Error('the database is away');
  });
  expect(await target()).toMatchObject({ failures: 0, heldUntil: null });
  expect(await log()).toMatchObject([{ status: 'pending' }]);
});

it('says nothing of its target where it is of tests only', async () => {
  await writeTestEvent(em(), { userId, targetId, data: {} });
  await deliverDue(async () => {
    await almostGivenUp();
    return failed;
  });
  expect(await target()).toMatchObject({ failures: 9, warned: 90, disabledReason: null });
});

it('tells a warning again until its owner has it', async () => {
  await syncList(em(), userId, [rental('a')]);
  let answer: Answer = { waitMs: null };
  for (let round = 0; round < 5; round += 1) {
    await hurry();
    answer = await deliverDue(() => failed);
  }
  expect(answer.warning).toBe(50);
  expect((await deliverDue(() => failed)).warning).toBe(50);
  const told: unknown[] = [];
  const tellOwner = createTellOwner({ ...depsWith(orm()), tellOwner: async (_, warning) => void told.push(warning) });
  await environment().run<[{ targetId: string; warning: 50 }], void, typeof tellOwner>(tellOwner, {
    targetId,
    warning: 50,
  });
  expect(told).toEqual([50]);
  expect((await deliverDue(() => failed)).warning).toBeUndefined();
  await hurry();
  await deliverDue(() => delivered);
  expect(await target()).toMatchObject({ warned: 0, told: 0 });
});

it('tries at once what waits where the address is another one, with a whole ladder', async () => {
  await syncList(em(), userId, [rental('a')]);
  await deliverDue(() => failed);
  expect((await deliverDue(() => delivered)).waitMs).toBeGreaterThan(0);
  await change({ address: 'https://other.test/' });
  expect(await deliverDue(() => delivered)).toEqual({ waitMs: null });
  expect((await log())[0]!.status).toBe('delivered');
});

it('does not hold up what a person sends again while it fails', async () => {
  await syncList(em(), userId, [rental('a')]);
  const { id } = (await log())[0]!;
  let asked = 0;
  await deliverDue(async () => {
    if (++asked > 1) return delivered;
    await sendAgain(em(), userId, id);
    return failed;
  });
  expect(await log()).toMatchObject([{ status: 'delivered' }]);
});

it.each<[string, Tried, string | undefined]>([
  ['its mail server not answering', { outcome: 'failed', error: 'could not be reached', ours: true }, 'none'],
  ['its keys', { outcome: 'failed', error: 'refused', ours: true, status: 403 }, '403'],
  ['what it chose to leave unsent', { outcome: 'failed', error: 'not sent', ours: true, abort: true }, undefined],
  ['the receiver', failed, undefined],
])('operators hear of what fails by the service’s doing: by %s', async (_, tried, status) => {
  const added: unknown[] = [];
  const metricMeter = {
    createCounter: (name: string) => ({ add: (_: number, tags: object) => added.push({ name, ...tags }) }),
  };
  const env = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR', () => undefined) });
  Object.assign(env.context, { metricMeter });
  await syncList(em(), userId, [rental('a')]);
  const activity = createDeliverDue({
    ...{
      orm: orm(),
      channels: { webhook: { atOnce: 8, deliver: async (_: unknown, due: unknown[]) => due.map(() => tried) } },
    },
  });
  await env.run<[{ targetId: string }], Answer, typeof activity>(activity, { targetId });
  expect(added).toEqual(status ? [{ name: 'gibney_deliveries_refused', channel: 'webhook', status }] : []);
});
