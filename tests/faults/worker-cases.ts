/** Group 6: several workers, one of which dies, or is cut off from PostgreSQL or from Temporal alone. */
import { everywhere, type FaultCase } from './cases.ts';
import { settledDancer, untilOver, type Dancer } from './context/dancer.ts';
import { injectFaultAtEachMoment, standIn, syncAgain, wholeList } from './context/inject-fault.ts';
import { restProblems, summed } from './context/truth.ts';
import { addWorkerOnRelays, holderOf, takenBy, type Taken, type WorkerOnRelays } from './context/worker-story.ts';
import { until } from '../support/until.ts';
import type { TestContext } from './context/test-context.ts';

const people = 6;

const dancersOf = (context: TestContext): Promise<Dancer[]> =>
  Promise.all(Array.from({ length: people }, () => settledDancer(context, 60)));

/** All sync at once; what each activity was taken by. */
async function syncAll(context: TestContext, dancers: Dancer[]): Promise<{ taken: Taken[]; problems: string[] }> {
  const jobs = await Promise.all(dancers.map((dancer) => syncAgain(context, dancer)));
  const taken = await Promise.all(dancers.map((dancer) => takenBy(context, dancer)));
  return { taken: taken.flat(), problems: jobs.flatMap(wholeList) };
}

const workersShare: FaultCase = {
  id: 'workers-share',
  breaks: 'nothing: a second worker is added, each with one browser slot, and the portal is slow',
  holds: 'both read for users; two end more syncs a minute than one does',
  async run(context) {
    const env = { BROWSER_SLOTS: '1' };
    const dancers = await dancersOf(context);
    await context.worker.terminate();
    const first = await context.addWorker({ env });
    context.portal.control.misbehave({ kind: 'slow', at: 'any', ms: 300 });
    const alone = await timed(() => syncAll(context, dancers));
    const second = await context.addWorker({ env });
    const both = await timed(() => syncAll(context, dancers));
    context.portal.control.behave();
    const rate = ({ ms }: { ms: number }) => (people / ms) * 60_000;
    context.say(`      one worker ${rate(alone).toFixed(1)} syncs a minute, two ${rate(both).toFixed(1)}`);
    const problems = [...alone.problems, ...both.problems];
    if (rate(both) < rate(alone) * 1.2) problems.push('two workers are hardly faster than one');
    // Light activities stay with the worker that keeps the workflow in memory.
    const readers = new Set(both.taken.filter(({ activity }) => activity === 'scrapeRentals').map(({ pid }) => pid));
    if (readers.size !== 2 || !readers.has(first.pid) || !readers.has(second.pid))
      problems.push(`of two workers these read: ${[...readers].join(', ')}`);
    return everywhere([...problems, ...(await restOf(context, dancers))]);
  },
};

async function timed<Result>(work: () => Promise<Result>): Promise<Result & { ms: number }> {
  const from = performance.now();
  const result = await work();
  return { ...result, ms: performance.now() - from };
}

async function restOf(context: TestContext, dancers: Dancer[]): Promise<string[]> {
  return summed((await Promise.all(dancers.map((dancer) => restProblems(context, dancer)))).flat());
}

/** Heartbeats are missed after fifteen seconds; the rest is for the retry and a busy machine. */
const movesWithinMs = 22_000;

const deadWorker: FaultCase = {
  id: 'one-of-two-killed',
  breaks: 'kill -9 of one of two workers, with its browser, in the middle of attempts; it stays away',
  holds: 'the other one has its attempts within the heartbeat timeout, and the syncs complete there',
  async run(context) {
    let killedAt = 0;
    let killed = 0;
    const outcomes = await injectFaultAtEachMoment(context, {
      async injectFault() {
        killed = context.worker.pid;
        await context.addWorker();
        killedAt = Date.now();
        await context.worker.killAll();
      },
      async also({ dancer }) {
        return movedProblems(await takenBy(context, dancer), { from: killed, since: killedAt });
      },
    });
    return outcomes;
  },
};

/** What the worker had was begun again elsewhere in time. */
function movedProblems(taken: Taken[], { from, since }: { from: number; since: number }): string[] {
  const problems: string[] = [];
  const lost = taken.filter(({ pid, ended }) => pid === from && ended !== undefined);
  const next = taken.find(({ pid, at }) => pid !== from && at > since);
  if (next === undefined) return ['nothing was taken by the other worker'];
  if (lost.length > 1) problems.push(`${lost.length} activities were lost with the worker`);
  if (next.at - since > movesWithinMs)
    problems.push(`${next.activity} moved after ${Math.round((next.at - since) / 1_000)} s`);
  if (taken.some(({ pid, at }) => pid === from && at > since)) problems.push('the worker that was cut off took more');
  return problems;
}

const waits = 'this worker waits for the database';
const isBack = 'the database is back';

function withoutPostgres(id: string, breaks: string, breakIt: (worker: WorkerOnRelays) => void): FaultCase {
  return {
    id,
    breaks,
    holds: 'no sync fails or waits for it, it takes no activity; once it reaches PostgreSQL again it takes its share',
    async run(context) {
      const dancers = await dancersOf(context);
      const [reader, ...others] = dancers as [Dancer, ...Dancer[]];
      await context.worker.terminate();
      const cutOff = await addWorkerOnRelays(context);
      const problems: string[] = [];
      try {
        const held = await standIn(context, 'sign-in', reader);
        await context.worker.start();
        const { pid } = cutOff.part;
        breakIt(cutOff);
        await until('it knows', () => cutOff.hasSaid(waits), 20_000);
        await held.gate.open();
        // Polls that were under way may come back with a task each, which goes to the other worker at once.
        const first = await syncAll(context, others);
        const second = await syncAll(context, others);
        problems.push(...first.problems, ...second.problems, ...handedBackProblems(first.taken, pid));
        if (second.taken.some((each) => each.pid === pid)) problems.push('it took activities while it was cut off');
        problems.push(...wholeList(await untilOver(context, reader, reader.jobs)));
        cutOff.postgres.open();
        await until('it is back', () => cutOff.hasSaid(isBack), 20_000);
        await until(
          'it takes its share',
          async () => (await syncAll(context, others)).taken.some((each) => each.pid === pid),
          120_000,
        );
      } finally {
        await cutOff.close();
      }
      return everywhere([...problems, ...(await restOf(context, dancers))]);
    },
  };
}

/** What came to it by a poll of before was given back, and used no attempt up. */
function handedBackProblems(taken: Taken[], pid: number): string[] {
  return taken
    .filter((each) => each.pid === pid)
    .filter(({ ended }) => !/^(database_away|interrupted): the database did not answer/.test(ended ?? 'completed'))
    .map(({ activity, ended }) => `${activity} ended as ${ended ?? 'completed'} without a database`);
}

function withoutTemporal(id: string, breaks: string, breakIt: (worker: WorkerOnRelays) => void): FaultCase {
  return {
    id,
    breaks,
    holds:
      'its attempt begins again elsewhere within the heartbeat timeout, and its browser has left the portal by then',
    async run(context) {
      const dancers = await dancersOf(context);
      const [reader, ...others] = dancers as [Dancer, ...Dancer[]];
      await context.worker.terminate();
      const cutOff = await addWorkerOnRelays(context);
      const problems: string[] = [];
      try {
        const held = await standIn(context, 'sign-in', reader);
        await context.worker.start();
        const { pid } = cutOff.part;
        if ((await holderOf(context, reader)) !== pid) throw new Error('another worker reads');
        breakIt(cutOff);
        const since = Date.now();
        problems.push(...(await syncAll(context, others)).problems);
        problems.push(...wholeList(await untilOver(context, reader, reader.jobs)));
        await held.gate.open();
        problems.push(...movedProblems(await takenBy(context, reader), { from: pid, since }));
        cutOff.temporal.open();
        await until(
          'it takes its share',
          async () => (await syncAll(context, others)).taken.some((each) => each.pid === pid),
          240_000,
        );
      } finally {
        await cutOff.close();
      }
      return everywhere([...problems, ...(await restOf(context, dancers))]);
    },
  };
}

export const workerCases = [
  workersShare,
  deadWorker,
  withoutPostgres(
    'worker-without-postgres',
    'one of two workers is refused by PostgreSQL, in the middle of an attempt',
    (worker) => worker.postgres.cut(),
  ),
  withoutPostgres(
    'worker-postgres-silent',
    'what one of two workers sends to PostgreSQL vanishes, in the middle of an attempt',
    (worker) => worker.postgres.swallow(),
  ),
  withoutTemporal(
    'worker-without-temporal',
    'one of two workers is refused by Temporal, in the middle of an attempt',
    (worker) => worker.temporal.cut(),
  ),
];
