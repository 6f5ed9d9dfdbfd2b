import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readQueueStats } from '#temporal/queue-stats.ts';
import { portalQueue } from '#workflows/names.ts';
import { until } from '../support/until.ts';
import { startHarness } from './harness.ts';
import type { Harness, World } from './harness.ts';
import { keepHistories } from './histories.ts';

let harness: Harness;

beforeAll(async () => {
  harness = await startHarness({ browserSlots: 1 });
});
afterAll(() => harness.close());
keepHistories(() => harness);

/** The reads that this workflow has put into the queue. */
async function reads({ history }: Pick<World, 'history'>) {
  const { events } = await history();
  const scheduled = events!.flatMap(({ activityTaskScheduledEventAttributes: attributes }) => attributes ?? []);
  return scheduled.filter(({ activityType }) => activityType!.name === 'scrapeRentals');
}

async function untilRead(world: World, count: number): Promise<void> {
  while ((await reads(world)).length < count);
}

/** The server hands a read on to its queue a moment after it has written it down. */
const untilInQueue = (count: number) =>
  until(`${count} reads are in the queue`, async () => {
    const stats = await readQueueStats(harness.temporal.client);
    return stats.find(({ queue }) => queue === portalQueue)!.waiting >= count;
  });

/** One that has the only browser, and others whose sync is due behind it. */
async function herd(size: number): Promise<{ running: World; queued: World[] }> {
  const [running, ...queued] = Array.from({ length: size + 1 }, () => harness.newUser()) as [World, ...World[]];
  for (const world of [running, ...queued]) {
    await world.temporal.settingsChanged(world.userId);
    await untilRead(world, 1);
    if (world === running) await running.attempt(1);
  }
  return { running, queued };
}

/** Lets each of these complete as soon as it begins. Returns the order in which they do. */
async function serve(attempts: [World, number][], freeBrowser: () => unknown): Promise<World[]> {
  const order: World[] = [];
  const served = attempts.map(async ([world, number]) => {
    const attempt = await world.attempt(number);
    order.push(world);
    attempt.succeed();
    await world.closedJobs(1);
  });
  freeBrowser();
  await Promise.all(served);
  return order;
}

const first = (worlds: World[]) => worlds.map((world): [World, number] => [world, 1]);

describe('in the queue for a browser', { timeout: 120_000 }, () => {
  // The server hands a task on a moment after it has written it down, so on a busy machine two may slip in before it.
  const [waiting, early] = [8, 2];

  it('a click that joins a sync lets it go first, without failing its job', async () => {
    const { running, queued } = await herd(waiting);
    const clicked = queued.at(-1)!;
    const { jobId } = (await clicked.openedJobs(1))[0]!;
    const answers = [await clicked.temporal.requestSync(clicked.userId)];
    answers.push(await clicked.temporal.requestSync(clicked.userId));
    expect(answers).toEqual(Array(2).fill({ jobId, status: 'pending', joined: true }));
    await untilRead(clicked, 2);
    const order = await serve(first(queued), async () => (await running.attempt(1)).succeed());
    expect(order.indexOf(clicked)).toBeLessThanOrEqual(early);
    expect(clicked.closed).toMatchObject([{ jobId, status: 'completed', triggeredManually: false, joined: true }]);
    expect(clicked.attempts.map(({ input }) => input)).toMatchObject([{ jobId, attempt: 2, budgetMs: 300_000 }]);
    expect(queued.map(({ mostRunning }) => mostRunning)).toEqual(queued.map(() => 1));
  });

  it('a click of somebody else goes before all that is merely due', async () => {
    const { running, queued } = await herd(waiting);
    const world = harness.newUser();
    const { jobId } = await world.temporal.requestSync(world.userId);
    await untilRead(world, 1);
    await untilInQueue(queued.length + 1);
    const order = await serve(first([...queued, world]), async () => (await running.attempt(1)).succeed());
    expect(order.indexOf(world)).toBeLessThanOrEqual(early);
    expect(world.closed).toMatchObject([{ jobId, status: 'completed' }]);
  });

  it('what was interrupted goes on before what has not begun', async () => {
    const { running, queued } = await herd(waiting);
    (await running.attempt(1)).fail('interrupted');
    const next = await Promise.race(queued.map((world) => world.attempt(1).then(() => world)));
    await untilRead(running, 2);
    const others = queued.filter((world) => world !== next);
    const order = await serve([[running, 2], ...first(others)], async () => (await next.attempt(1)).succeed());
    expect(order.indexOf(running)).toBeLessThanOrEqual(early);
  });

  it('what is due waits as long as it takes, and who waits is told after ten minutes', async () => {
    const { running, queued } = await herd(1);
    const [due] = queued as [World];
    const limits = async () =>
      (await reads(due)).map(({ scheduleToStartTimeout, priority }) => [
        Number(scheduleToStartTimeout?.seconds ?? 0),
        priority?.priorityKey,
        priority?.fairnessKey,
      ]);
    const usual = [0, 3, due.userId];
    expect(await limits()).toEqual([usual]);
    await due.temporal.requestSync(due.userId);
    await untilRead(due, 2);
    expect(await limits()).toEqual([usual, [600, 1, due.userId]]);
    await serve(first([due]), async () => (await running.attempt(1)).succeed());
  });
});

describe('an attempt', () => {
  it('that is cancelled is told so, beside the answer to its heartbeat', async () => {
    const world = harness.newUser();
    await world.temporal.settingsChanged(world.userId);
    await world.attempt(1);
    await world.temporal.cancelSync(world.userId);
    expect(await world.closedJobs(1)).toMatchObject([{ errorCode: 'cancelled' }]);
    expect(world.stopped).toEqual([1]);
  });

  it('that a browser took in the moment of the click begins once more', async () => {
    const world = harness.newUser();
    let letBegin = () => {};
    world.holdBegin = new Promise<void>((resolve) => (letBegin = resolve));
    await world.temporal.settingsChanged(world.userId);
    while (world.running === 0) await world.openedJobs(1).then(() => new Promise(setImmediate));
    const { jobId } = await world.temporal.requestSync(world.userId);
    letBegin();
    await (
      await world.attempt(1)
    ).cancelled;
    const again = await world.attempt(2);
    expect(again.input).toMatchObject({ jobId, attempt: 2 });
    again.succeed();
    expect(await world.closedJobs(1)).toMatchObject([{ jobId, status: 'completed', joined: true }]);
    expect(world.mostRunning).toBe(1);
  });
});
