/** Group 1: processes that die, hang or run out of something. */
import { execFileSync } from 'node:child_process';
import { skipped, type FaultCase, type Moment, type Verdict } from './cases.ts';
import { settledDancer, untilOver, type JobRow } from './context/dancer.ts';
import { browsersOf, isAlive, renderersOf, signalAll } from './context/processes.ts';
import { standIn, injectFaultAtEachMoment, wholeList } from './context/inject-fault.ts';
import { restProblems } from './context/truth.ts';
import { until } from '../support/until.ts';
import type { TestContext } from './context/test-context.ts';

const workerKilled: FaultCase = {
  id: 'worker-killed',
  breaks: 'kill -9 of the worker, which is started again',
  holds: 'the sync completes; the browser of the dead worker ends by itself',
  short: true,
  run: (world) => {
    let orphans: number[] = [];
    return injectFaultAtEachMoment(world, {
      async injectFault() {
        orphans = browsersOf(world.worker.pid).map(({ pid }) => pid);
        await world.worker.kill();
        await world.worker.start();
      },
      also: async () => (orphans.some(isAlive) ? ['a browser of the dead worker lives'] : []),
    });
  },
};

const workerReplaced: FaultCase = {
  id: 'worker-terminated',
  breaks: 'SIGTERM of the worker during a sync, while a second worker starts',
  holds: 'the first ends within its grace; the second takes the reading over without waiting for a missed heartbeat',
  async run(world) {
    let second: number;
    return injectFaultAtEachMoment(world, {
      async injectFault() {
        // First, for a list that stands still for long is given up as incomplete.
        const ended = world.worker.terminate();
        second = (await world.addWorker()).pid;
        await Promise.race([ended, until('the end of the first worker', () => !world.worker.runs, 45_000)]);
      },
      also: ({ dancer, moment }) => takenOverProblems(world, dancer.id, moment, second),
    });
  },
};

/** The last activity of the sync was done by this process, and no reading was given up as lost. */
async function takenOverProblems(world: TestContext, userId: string, moment: Moment, pid: number): Promise<string[]> {
  const [job] = await world.db.rows<{ run: string }>(
    'select workflow_run_id as run from sync_jobs where user_id = $1 order by created_at desc limit 1',
    [userId],
  );
  const history = await world.syncs.client.workflow.getHandle(`sync:${userId}`, job!.run).fetchHistory();
  const events = history.events ?? [];
  const starts = events.flatMap(({ activityTaskStartedEventAttributes: started }) => started?.identity ?? []);
  const problems = starts.at(-1)?.startsWith(`${pid}@`)
    ? []
    : [`the sync was finished by ${starts.at(-1)}, not by the second worker`];
  // A reconcile sends no heartbeats; this one hung in our lock, as none does by itself.
  const lost = moment !== 'storing' && events.some(({ activityTaskTimedOutEventAttributes: timedOut }) => timedOut);
  return lost ? [...problems, 'an attempt was given up only when its time was over'] : problems;
}

const browserKilled: FaultCase = {
  id: 'browser-killed',
  breaks: 'kill -9 of Chromium',
  holds: 'the sync is repeated in a new browser and completes',
  short: true,
  run: (world) =>
    injectFaultAtEachMoment(world, {
      async injectFault() {
        signalAll(browsersOf(world.worker.pid), 'SIGKILL');
      },
    }),
};

const pagesKilled: FaultCase = {
  id: 'pages-killed',
  breaks: 'kill -9 of every process that holds a page, as the kernel does when memory is short',
  holds: 'the sync is repeated and completes',
  run: (world) =>
    injectFaultAtEachMoment(world, {
      async injectFault() {
        signalAll(renderersOf(world.worker.pid), 'SIGKILL');
      },
    }),
};

const outOfMemory: FaultCase = {
  id: 'browser-out-of-memory',
  breaks: 'no more memory for the processes that hold the pages (a limit on their address space)',
  holds: 'the sync completes, with a later attempt or with what was read; nothing is lost',
  async run(world) {
    if (!canLimitMemory()) return skipped('prlimit is not there');
    return injectFaultAtEachMoment(world, {
      async injectFault() {
        for (const { pid } of renderersOf(world.worker.pid)) limitMemory(pid);
      },
      ending: completed,
    });
  },
};

function canLimitMemory(): boolean {
  try {
    execFileSync('prlimit', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false; // util-linux is not installed
  }
}

/** What the process has it keeps; it gets nothing more. */
function limitMemory(pid: number): void {
  execFileSync('prlimit', [`--pid=${pid}`, '--as=1']);
}

const pagesHang: FaultCase = {
  id: 'pages-hang',
  breaks: 'every page stops: its process is frozen and never goes on',
  holds: 'the attempt is given up; the sync completes, with a later attempt or with what was read; nothing is lost',
  async run(world) {
    let frozen: { pid: number }[] = [];
    const verdicts = await injectFaultAtEachMoment(world, {
      async injectFault() {
        frozen = renderersOf(world.worker.pid);
        signalAll(frozen, 'SIGSTOP');
      },
      ending: completed,
    });
    signalAll(frozen, 'SIGKILL'); // a page that nobody had yet is still frozen
    return verdicts;
  },
};

/** With the whole list or with what was read before. */
function completed(job: JobRow): string[] {
  return job.status === 'completed' ? [] : wholeList(job);
}

const webKilled: FaultCase = {
  id: 'web-killed',
  breaks: 'kill -9 of the web, which stays away until the sync is over',
  holds: 'the sync does not notice; the status is right as soon as the web is back',
  run: (world) =>
    injectFaultAtEachMoment(world, {
      injectFault: () => world.web.kill(),
      async after(held) {
        for (const { dancer } of held) await untilOver(world, dancer, dancer.jobs);
        await world.web.start();
      },
    }),
};

const poolFull: FaultCase = {
  id: 'pool-full',
  breaks: 'more syncs than browser slots: all slots are held in this moment while others wait',
  holds: 'who waits is pending and is served when a slot is free; a sync that stores holds no slot',
  async run(world) {
    const verdicts: Verdict[] = [];
    for (const moment of ['sign-in', 'reading', 'storing'] as const) verdicts.push(await fillThePool(world, moment));
    return verdicts;
  },
};

async function fillThePool(world: TestContext, moment: Moment): Promise<Verdict> {
  const problems: string[] = [];
  const waiting = await Promise.all([1, 2].map(() => settledDancer(world)));
  const holders = await Promise.all(Array.from({ length: world.browserSlots }, () => standIn(world, moment)));
  for (const dancer of waiting) {
    await dancer.sync();
    dancer.jobs += 1;
  }
  const ends: Promise<JobRow>[] = waiting.map((dancer) => untilOver(world, dancer, dancer.jobs));
  if (moment === 'storing') {
    await Promise.all(ends);
  } else {
    const states = await Promise.all(waiting.map((dancer) => dancer.status()));
    for (const { job } of states)
      if (job?.status !== 'pending') problems.push(`who waits is ${job?.status}, not pending`);
  }
  for (const { gate } of holders) await gate.open();
  const all = [...waiting, ...holders.map(({ dancer }) => dancer)];
  for (const dancer of all) {
    problems.push(...wholeList(await untilOver(world, dancer, dancer.jobs)), ...(await restProblems(world, dancer)));
  }
  return { moment, problems };
}

export const processCases = [
  workerKilled,
  workerReplaced,
  browserKilled,
  pagesKilled,
  outOfMemory,
  pagesHang,
  webKilled,
  poolFull,
];
