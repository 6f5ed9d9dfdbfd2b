/** Group 2: Temporal and PostgreSQL go away and come back. */
import type { FaultCase } from './cases.ts';
import type { Dancer } from './context/dancer.ts';
import { injectFaultAtEachMoment, type Held } from './context/inject-fault.ts';
import type { TestContext } from './context/test-context.ts';

const temporalKilled: FaultCase = {
  id: 'temporal-killed',
  breaks: 'kill -9 of the Temporal server, which is started again at once',
  holds: 'the sync completes; its timer is where it was',
  short: true,
  run: (context) =>
    injectFaultAtEachMoment(context, {
      async injectFault() {
        await context.temporal.kill();
        await context.temporal.start();
      },
    }),
};

const temporalAway: FaultCase = {
  id: 'temporal-away',
  breaks: 'the Temporal server is killed and stays away until the portal was read',
  holds:
    'requests are answered 503 with Retry-After, the status says that it is not live; the sync completes afterwards',
  run: (context) => {
    const seen: string[] = [];
    return injectFaultAtEachMoment(context, {
      async injectFault() {
        await context.temporal.kill();
      },
      async after(held) {
        for (const { dancer } of held) seen.push(...(await awayProblems(dancer)));
        await Promise.all(held.map((each) => visitOver(context, each)));
        await context.temporal.start();
      },
      also: () => Promise.resolve(seen),
    });
  },
};

async function awayProblems(dancer: Dancer): Promise<string[]> {
  const { status, headers, body } = await dancer.call<{ code?: string }>('POST', '/user/sync');
  const problems: string[] = [];
  if (status !== 503 || body.code !== 'temporal_unavailable')
    problems.push(`a request was answered ${status} ${body.code}`);
  if (headers.get('retry-after') !== '5') problems.push(`Retry-After is ${headers.get('retry-after')}`);
  if ((await dancer.status()).live) problems.push('the status says that it is live');
  return problems;
}

/** The visit of the portal that was under way has ended, well or not. */
async function visitOver({ portal: { control } }: TestContext, { dancer }: Held): Promise<void> {
  await control.waitFor(({ pagesNow }) => pagesNow === 0, { user: dancer.username, timeoutMs: 120_000 });
}

const postgresKilled: FaultCase = {
  id: 'postgres-killed',
  breaks: 'kill -9 of PostgreSQL with all its processes, which is started again at once',
  holds: 'a transaction that was cut off leaves nothing; the sync completes',
  short: true,
  run: (context) =>
    injectFaultAtEachMoment(context, {
      async injectFault() {
        await context.postgres.killAll();
        await context.postgres.start();
      },
    }),
};

const postgresAway: FaultCase = {
  id: 'postgres-away',
  breaks: 'PostgreSQL is killed and stays away until the portal was read',
  holds: 'the sync waits for it and completes; the web answers again without being started',
  run: (context) =>
    injectFaultAtEachMoment(context, {
      injectFault: () => context.postgres.killAll(),
      async after(held) {
        await Promise.all(held.map((each) => visitOver(context, each)));
        await context.postgres.start();
      },
    }),
};

const bothKilled: FaultCase = {
  id: 'both-killed',
  breaks: 'kill -9 of PostgreSQL and of the Temporal server at once',
  holds: 'the sync completes',
  run: (context) =>
    injectFaultAtEachMoment(context, {
      async injectFault() {
        await Promise.all([context.postgres.killAll(), context.temporal.kill()]);
        await Promise.all([context.postgres.start(), context.temporal.start()]);
      },
    }),
};

const everythingKilled: FaultCase = {
  id: 'everything-killed',
  breaks: 'kill -9 of every process of ours at once, as a power cut does, and a start of all',
  holds: 'data, workflows and timers are as they were; the sync completes',
  run: (context) =>
    injectFaultAtEachMoment(context, {
      async injectFault() {
        const { postgres, temporal, worker, web } = context;
        await Promise.all([postgres, temporal, worker, web].map((part) => part.killAll()));
        await Promise.all([postgres.start(), temporal.start()]);
        await Promise.all([worker.start(), web.start()]);
      },
    }),
};

export const serviceCases = [temporalKilled, temporalAway, postgresKilled, postgresAway, bothKilled, everythingKilled];
