/** Group 4: clocks that stand still, run late, are wrong, or hang in another country. */
import { setTimeout as pause } from 'node:timers/promises';
import { defaultPayloadConverter } from '@temporalio/common';
import type { ProcessSpec } from '#scripts/lib/child.ts';
import { syncQueue, userSyncId, userSyncType } from '#workflows/names.ts';
import type { UserSyncInput } from '#workflows/messages.ts';
import { moments, type FaultCase, type Moment, type Outcome } from './cases.ts';
import { changeList, settledDancer, untilOver, type Dancer } from './context/dancer.ts';
import { closeGate } from './context/gates.ts';
import { keepDancer, injectFaultAtEachMoment, takeDancer, wholeList } from './context/inject-fault.ts';
import { restProblems } from './context/truth.ts';
import { until } from '../support/until.ts';
import type { TestContext } from './context/test-context.ts';

const hourMs = 60 * 60_000;

/** Longer than a lost heartbeat, and than any activity but the reading may take. */
const suspendedMs = 75_000;

const suspended: FaultCase = {
  id: 'suspended',
  breaks: 'the machine sleeps: every process stands still, longer than all time limits of activities',
  holds: 'the sync completes; no visit of the portal overlaps with the one before',
  run: (context) =>
    injectFaultAtEachMoment(context, {
      async injectFault() {
        const { worker, web, temporal, postgres } = context;
        const goOn = [worker, web, temporal, postgres].map((part) => part.freeze());
        await pause(suspendedMs); // the time that passes is what is being tried
        goOn.forEach((unfreeze) => unfreeze());
      },
    }),
};

const lateTimer: FaultCase = {
  id: 'timer-late',
  breaks: 'the worker is killed during the sync of a timer that was due three hours ago, as after a suspend',
  holds: 'the late timer fires once: one sync, and the next is an interval after it',
  async run(context) {
    const held = await Promise.all(moments.map((moment) => wakeLate(context, moment)));
    await context.worker.kill();
    await context.worker.start();
    for (const { gate } of held) await gate.open();
    return Promise.all(held.map(({ moment, dancer }) => onceProblems(context, moment, dancer)));
  },
};

async function wakeLate(context: TestContext, moment: Moment) {
  const dancer = takeDancer(context, moment) ?? (await settledDancer(context));
  changeList(context, dancer);
  context.portal.control.endSessions(dancer.username);
  const gate = await closeGate(context, dancer, moment);
  await restartWithTimerAt(context, dancer, Date.now() - 3 * hourMs);
  dancer.jobs += 1;
  await gate.reached();
  return { moment, dancer, gate };
}

/** Starts the user's run over with the very state that it had, but with its next sync due at another time. */
async function restartWithTimerAt({ syncs, db }: TestContext, { id }: Dancer, nextSyncAt: number): Promise<void> {
  const { workflow } = syncs.client;
  // What the database knows better would put the sync off.
  await db.rows('update portal_accounts set next_sync_at = $2 where user_id = $1', [id, new Date(nextSyncAt)]);
  const handle = workflow.getHandle(userSyncId(id));
  const state = await until('a run that sleeps and carries a state', async () => {
    const [first] = (await handle.fetchHistory()).events ?? [];
    const payload = first?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0];
    return defaultPayloadConverter.fromPayload<UserSyncInput>(payload!).state;
  });
  await handle.terminate('its timer is set to another time');
  const late: UserSyncInput = { userId: id, state: { ...state, nextSyncAt } };
  await workflow.start(userSyncType, { workflowId: userSyncId(id), taskQueue: syncQueue, args: [late] });
}

async function onceProblems(context: TestContext, moment: Moment, dancer: Dancer): Promise<Outcome> {
  const problems = wholeList(await untilOver(context, dancer, dancer.jobs));
  problems.push(...(await restProblems(context, dancer)));
  if (problems.length === 0) keepDancer(context, moment, dancer);
  return { moment, problems };
}

/** Loaded before everything else, it lies about the time to all JavaScript of the process. */
function clockOff(byMs: number): string {
  const lie = `const real = Date;
    const shifted = () => real.now() + ${byMs};
    globalThis.Date = new Proxy(real, {
      construct: (target, given, made) => Reflect.construct(target, given.length > 0 ? given : [shifted()], made),
      apply: () => new real(shifted()).toString(),
      get: (target, name) => (name === 'now' ? shifted : Reflect.get(target, name)),
    });`;
  return `data:text/javascript,${encodeURIComponent(lie)}`;
}

/** Lets another worker do everything while the case runs. */
async function withOnly(context: TestContext, alter: (spec: ProcessSpec) => ProcessSpec): Promise<Outcome[]> {
  await context.addWorker({ alter });
  await context.worker.stop();
  return injectFaultAtEachMoment(context, { injectFault: () => Promise.resolve() });
}

function wrongClock(id: string, hours: number): FaultCase {
  return {
    id,
    breaks: `the clock of the only worker is ${Math.abs(hours)} hours ${hours > 0 ? 'fast' : 'slow'}`,
    holds: 'times of bookings, jobs and the schedule are those of the servers',
    run: (context) =>
      withOnly(context, (spec) => ({ ...spec, args: ['--import', clockOff(hours * hourMs), ...spec.args] })),
  };
}

const otherZone: FaultCase = {
  id: 'other-time-zone',
  breaks: 'the only worker lives in Auckland',
  holds: 'every time is New York’s, on both sides of both changes of the clock',
  short: true,
  run: (context) => withOnly(context, (spec) => ({ ...spec, env: { ...spec.env, TZ: 'Pacific/Auckland' } })),
};

export const clockCases = [lateTimer, suspended, wrongClock('clock-fast', 5), wrongClock('clock-slow', -5), otherZone];
