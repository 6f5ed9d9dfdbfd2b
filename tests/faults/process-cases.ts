/** Group 1: processes that die, hang or run out of something. */
import { execFileSync } from 'node:child_process';
import { skipped, type FaultCase, type Moment, type Outcome } from './cases.ts';
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
  run: (context) => {
    let orphans: number[] = [];
    return injectFaultAtEachMoment(context, {
      async injectFault() {
        orphans = browsersOf(context.worker.pid).map(({ pid }) => pid);
        await context.worker.kill();
        await context.worker.start();
      },
      also: async () => (orphans.some(isAlive) ? ['a browser of the dead worker lives'] : []),
    });
  },
};

const workerReplaced: FaultCase = {
  id: 'worker-terminated',
  breaks: 'SIGTERM of the worker during a sync, while a second worker starts',
  holds: 'the first ends within its grace; the second takes the reading over without waiting for a missed heartbeat',
  async run(context) {
    let second: number;
    return injectFaultAtEachMoment(context, {
      async injectFault() {
        // First, for a list that stands still for long is given up as incomplete.
        const ended = context.worker.terminate();
        second = (await context.addWorker()).pid;
        await Promise.race([ended, until('the end of the first worker', () => !context.worker.runs, 45_000)]);
      },
      also: ({ dancer, moment }) => takenOverProblems(context, dancer.id, moment, second),
    });
  },
};

/** The last activity of the sync was done by this process, and no reading was given up as lost. */
async function takenOverProblems(context: TestContext, userId: string, moment: Moment, pid: number): Promise<string[]> {
  const [job] = await context.db.rows<{ run: string }>(
    'select workflow_run_id as run from sync_jobs where user_id = $1 order by created_at desc limit 1',
    [userId],
  );
  const history = await context.syncs.client.workflow.getHandle(`sync:${userId}`, job!.run).fetchHistory();
  const events = history.events ?? [];
  const starts = events.flatMap(({ activityTaskStartedEventAttributes: started }) => started?.identity ?? []);
  const problems = starts.at(-1)?.includes(` ${pid}@`)
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
  run: (context) =>
    injectFaultAtEachMoment(context, {
      async injectFault() {
        signalAll(browsersOf(context.worker.pid), 'SIGKILL');
      },
    }),
};

const pagesKilled: FaultCase = {
  id: 'pages-killed',
  breaks: 'kill -9 of every process that holds a page, as the kernel does when memory is short',
  holds: 'the sync is repeated and completes',
  run: (context) =>
    injectFaultAtEachMoment(context, {
      async injectFault() {
        signalAll(renderersOf(context.worker.pid), 'SIGKILL');
      },
    }),
};

const outOfMemory: FaultCase = {
  id: 'browser-out-of-memory',
  breaks: 'no more memory for the processes that hold the pages (a limit on their address space)',
  holds: 'the sync completes, with a later attempt or with what was read; nothing is lost',
  async run(context) {
    if (!canLimitMemory()) return skipped('prlimit is not there');
    return injectFaultAtEachMoment(context, {
      async injectFault() {
        for (const { pid } of renderersOf(context.worker.pid)) limitMemory(pid);
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
  async run(context) {
    let frozen: { pid: number }[] = [];
    const outcomes = await injectFaultAtEachMoment(context, {
      async injectFault() {
        frozen = renderersOf(context.worker.pid);
        signalAll(frozen, 'SIGSTOP');
      },
      ending: completed,
    });
    signalAll(frozen, 'SIGKILL'); // a page that nobody had yet is still frozen
    return outcomes;
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
  run: (context) =>
    injectFaultAtEachMoment(context, {
      injectFault: () => context.web.kill(),
      async after(held) {
        for (const { dancer } of held) await untilOver(context, dancer, dancer.jobs);
        await context.web.start();
      },
    }),
};

const poolFull: FaultCase = {
  id: 'pool-full',
  breaks: 'more syncs than browser slots: all slots are held in this moment while others wait',
  holds: 'who waits is pending and is served when a slot is free; a sync that stores holds no slot',
  async run(context) {
    const outcomes: Outcome[] = [];
    for (const moment of ['sign-in', 'reading', 'storing'] as const) outcomes.push(await fillThePool(context, moment));
    return outcomes;
  },
};

async function fillThePool(context: TestContext, moment: Moment): Promise<Outcome> {
  const problems: string[] = [];
  const waiting = await Promise.all([1, 2].map(() => settledDancer(context)));
  const holders = await Promise.all(Array.from({ length: context.browserSlots }, () => standIn(context, moment)));
  for (const dancer of waiting) {
    await dancer.sync();
    dancer.jobs += 1;
  }
  const ends: Promise<JobRow>[] = waiting.map((dancer) => untilOver(context, dancer, dancer.jobs));
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
    problems.push(
      ...wholeList(await untilOver(context, dancer, dancer.jobs)),
      ...(await restProblems(context, dancer)),
    );
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
