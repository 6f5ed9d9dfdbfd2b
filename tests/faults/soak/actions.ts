/** What happens during a soak: users who press the button, lists that change, and faults of every part. */
import type { Fault } from '#tests/portal/types.ts';
import { faultEntries } from '../portal-faults.ts';
import type { Part } from '../context/part.ts';
import { browsersOf, renderersOf, signalAll } from '../context/processes.ts';
import type { TestContext } from '../context/test-context.ts';
import type { Member } from './crowd.ts';
import type { SeededRandom } from './seeded-random.ts';

export interface Scene {
  context: TestContext;
  members: Member[];
  random: SeededRandom;
  /** How often each action was done. */
  tally: Map<string, number>;
}

export interface Action {
  name: string;
  /** How often it happens, against the others. */
  weight: number;
  act(scene: Scene): Promise<void>;
}

/** Those that a sync gets over, or after which it says what is wrong; a pause that the user must end is not one. */
const harmless = faultEntries.filter(({ signsOut }) => !signsOut).map(({ fault }) => fault);

async function press({ members, random }: Scene): Promise<void> {
  const member = random.pick(members);
  const at = new Date();
  const { status, body } = await member.dancer.call<{ job_id: string }>('POST', '/user/sync');
  if (status === 202) member.asked.push({ at, jobId: body.job_id });
  else if (status !== 503) throw new Error(`a request for a sync was answered ${status}`);
}

async function cancel({ members, random }: Scene): Promise<void> {
  const { status } = await random.pick(members).dancer.call('DELETE', '/user/sync');
  if (status >= 500 && status !== 503) throw new Error(`a cancel was answered ${status}`);
}

async function change({ context: { portal }, members, random }: Scene): Promise<void> {
  const member = random.pick(members);
  const { username } = member.dancer;
  const rentals = portal.control.rentals(username);
  if (rentals.length > 3 && random.roll() < 0.5) {
    const { recordId } = random.pick(rentals);
    portal.control.vanish(username, recordId);
    member.gone.set(recordId, new Date());
  } else if (random.roll() < 0.5) {
    member.listed.add(portal.control.addRental(username).recordId);
  } else {
    portal.control.updateRental(username, random.pick(rentals).recordId, { status: `Status ${random.below(100)}` });
  }
}

async function misbehave({ context: { portal }, members, random }: Scene): Promise<void> {
  const fault: Fault & { times?: number } = random.pick(harmless);
  portal.control.misbehave({ ...fault, user: random.pick(members).dancer.username, times: 1 + random.below(3) });
}

async function endSessions({ context: { portal }, members, random }: Scene): Promise<void> {
  portal.control.endSessions(random.pick(members).dancer.username);
}

const killAndStart =
  (choose: (context: TestContext) => Part) =>
  async ({ context, random }: Scene) => {
    const part = choose(context);
    await (random.roll() < 0.5 ? part.kill() : part.killAll());
    await part.start();
  };

async function terminateWorker({ context }: Scene): Promise<void> {
  await context.worker.terminate();
  await context.worker.start();
}

async function killBrowser({ context, random }: Scene): Promise<void> {
  signalAll((random.roll() < 0.5 ? browsersOf : renderersOf)(context.worker.pid), 'SIGKILL');
}

export const actions: Action[] = [
  { name: 'press the button', weight: 40, act: press },
  { name: 'change a list', weight: 30, act: change },
  { name: 'misbehave', weight: 12, act: misbehave },
  { name: 'cancel', weight: 3, act: cancel },
  { name: 'end a session', weight: 6, act: endSessions },
  { name: 'kill the browser', weight: 1.5, act: killBrowser },
  { name: 'kill the worker', weight: 0.5, act: killAndStart(({ worker }) => worker) },
  { name: 'terminate the worker', weight: 0.5, act: terminateWorker },
  { name: 'kill the web', weight: 0.5, act: killAndStart(({ web }) => web) },
  { name: 'kill Temporal', weight: 0.4, act: killAndStart(({ temporal }) => temporal) },
  {
    name: 'kill PostgreSQL',
    weight: 0.4,
    act: ({ context }) => context.postgres.killAll().then(() => context.postgres.start()),
  },
];

/** One action by chance. */
export async function doSomething(scene: Scene): Promise<void> {
  const whole = actions.reduce((sum, { weight }) => sum + weight, 0);
  let left = scene.random.roll() * whole;
  const action = actions.find(({ weight }) => (left -= weight) < 0) ?? actions[0]!;
  scene.tally.set(action.name, (scene.tally.get(action.name) ?? 0) + 1);
  await action.act(scene);
}
