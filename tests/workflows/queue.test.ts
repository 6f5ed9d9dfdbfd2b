import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startHarness } from './harness.ts';
import type { Harness, World } from './harness.ts';
import { keepHistories } from './histories.ts';
import { handleOf } from './steps.ts';

let harness: Harness;

beforeAll(async () => {
  harness = await startHarness({ browserSlots: 1 });
});
afterAll(() => harness.close());
keepHistories(() => harness);

const order: World[] = [];

/** A user whose sync is due, and begins or joins the queue. */
async function dueUser(): Promise<World> {
  const world = harness.newUser();
  await world.temporal.settingsChanged(world.userId);
  void world.attempt(1).then(() => order.push(world));
  return world;
}

async function queuedUser(): Promise<World> {
  const world = await dueUser();
  await world.openedJobs(1);
  for (;;) {
    const { raw } = await handleOf(world).describe();
    if (raw.pendingActivities?.some(({ activityType }) => activityType?.name === 'scrapeRentals')) return world;
  }
}

/** The one that has the only browser, and those behind it in the order in which they came. */
async function herd(size: number): Promise<{ running: World; queued: World[] }> {
  order.length = 0;
  const running = await dueUser();
  await running.attempt(1);
  const queued: World[] = [];
  while (queued.length < size) queued.push(await queuedUser());
  return { running, queued };
}

async function complete(world: World, attempt: number): Promise<void> {
  (await world.attempt(attempt)).succeed();
  await world.closedJobs(1);
}

describe('in the queue for a browser', () => {
  it('a click that joins a sync lets it go first, without failing its job', async () => {
    const { running, queued } = await herd(4);
    const clicked = queued.at(-1)!;
    const { jobId } = (await clicked.openedJobs(1))[0]!;
    const answers = [await clicked.temporal.requestSync(clicked.userId)];
    answers.push(await clicked.temporal.requestSync(clicked.userId));
    expect(answers).toEqual(Array(2).fill({ jobId, status: 'pending', joined: true }));
    await complete(running, 1);
    expect((await clicked.attempt(1)).input).toMatchObject({ jobId, attempt: 2, budgetMs: 300_000 });
    await complete(clicked, 1);
    await Promise.all(queued.slice(0, -1).map((world) => complete(world, 1)));
    expect(order).toEqual([running, clicked, ...queued.slice(0, -1)]);
    expect(clicked.closed).toMatchObject([{ jobId, status: 'completed', triggeredManually: false, joined: true }]);
    expect(clicked.attempts).toHaveLength(1);
    expect(queued.map(({ mostRunning }) => mostRunning)).toEqual([1, 1, 1, 1]);
  });

  it('a click of somebody else goes before all that is merely due', async () => {
    const { running, queued } = await herd(2);
    const world = harness.newUser();
    const { jobId } = await world.temporal.requestSync(world.userId);
    void world.attempt(1).then(() => order.push(world));
    await world.openedJobs(1);
    while (!(await handleOf(world).describe()).raw.pendingActivities?.length);
    await complete(running, 1);
    await complete(world, 1);
    await Promise.all(queued.map((other) => complete(other, 1)));
    expect(order).toEqual([running, world, ...queued]);
    expect(world.closed).toMatchObject([{ jobId, status: 'completed' }]);
  });

  it('what was interrupted goes on before what has not begun', async () => {
    const { running, queued } = await herd(2);
    const [next, last] = queued as [World, World];
    (await running.attempt(1)).fail('interrupted');
    const other = await next.attempt(1); // the browser is free for the moment before the retry
    while (!(await handleOf(running).describe()).raw.pendingActivities?.length);
    other.succeed();
    await complete(running, 2);
    await complete(last, 1);
    expect(order).toEqual([running, next, last]);
    expect(last.attempts[0]!.input.jobId).not.toBe(running.attempts[1]!.input.jobId);
  });

  it('what is due waits as long as it takes, and who waits is told after ten minutes', async () => {
    const { running, queued } = await herd(1);
    const [due] = queued as [World];
    const limits = async () => {
      const { events } = await due.history();
      const scheduled = events!.flatMap(({ activityTaskScheduledEventAttributes: attributes }) => attributes ?? []);
      const attempts = scheduled.filter(({ activityType }) => activityType!.name === 'scrapeRentals');
      return attempts.map(({ scheduleToStartTimeout, priority }) => [
        Number(scheduleToStartTimeout?.seconds ?? 0),
        priority?.priorityKey,
        priority?.fairnessKey,
      ]);
    };
    const usual = [0, 3, due.userId];
    expect(await limits()).toEqual([usual]);
    await due.temporal.requestSync(due.userId);
    while ((await limits()).length < 2);
    expect(await limits()).toEqual([usual, [600, 1, due.userId]]);
    await complete(running, 1);
    await complete(due, 1);
  });
});
