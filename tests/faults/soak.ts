/**
 * `npm run soak`: many users, a short interval, and faults of every part at random; then what must hold over all of it.
 * SOAK_SECONDS (600), SOAK_USERS (200), SOAK_INTERVAL_MINUTES (5); SOAK_SEED throws the same random again.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { gather, type Member } from './soak/crowd.ts';
import { doSomething, type Scene } from './soak/actions.ts';
import { seededRandom } from './soak/seeded-random.ts';
import { invariants } from './soak/invariants.ts';
import { waitUntilStable } from './context/wait-until-stable.ts';
import { jobsOf } from './context/dancer.ts';
import { until } from '../support/until.ts';
import { startWorld, type TestContext } from './context/test-context.ts';

const number = (name: string, usual: number): number => Number(process.env[name] ?? usual);

const seconds = number('SOAK_SECONDS', 600);
const users = number('SOAK_USERS', 200);
const seed = number('SOAK_SEED', Math.floor(Math.random() * 2 ** 31));
const interval = number('SOAK_INTERVAL_MINUTES', 5);
const say = (line: string) => console.log(line);

say(`seed ${seed}: ${users} users, every ${interval} minutes, faults for ${seconds} s`);
const context = await startWorld({ say, env: { SYNC_INTERVAL_MINUTES: String(interval) } });
try {
  const random = seededRandom(seed);
  const members = await gather(context, users, random, say);
  const scene: Scene = { context, members, random, tally: new Map() };
  const troubles = await rage(scene);
  say([...scene.tally].map(([name, times]) => `${name} ${times}×`).join(', '));
  say('the faults are over; a last sync for everybody');
  await comeToRest(context, members);
  process.exitCode = (await report(context, members, troubles)) > 0 ? 1 : 0;
} finally {
  await context.stop();
}

/** Deeds at random until the time is over. Answers with what a user should never have seen. */
async function rage(scene: Scene): Promise<string[]> {
  const end = Date.now() + seconds * 1_000;
  const troubles: string[] = [];
  while (Date.now() < end) {
    await doSomething(scene).catch((error: unknown) => {
      if (!isAway(error)) troubles.push((error as Error).message);
    });
    await pause(scene.random.below(400)); // the rhythm of the actions
  }
  return troubles;
}

/** The web was down when somebody called. */
function isAway(error: unknown): boolean {
  return error instanceof TypeError && error.message === 'fetch failed';
}

/** The portal is well, every part runs, and everybody has had a sync that began after that and read everything. */
async function comeToRest(all: TestContext, members: Member[]): Promise<void> {
  all.portal.control.behave();
  for (const part of [all.postgres, all.temporal, all.worker, all.web]) await part.start();
  const since = new Date();
  for (const { dancer } of members) await until('a sync that is taken', () => dancer.sync(), 30_000);
  for (const { dancer } of members)
    await until(`a whole sync of ${dancer.id}`, () => isAtRest(all, dancer.id, since, dancer.sync), 400_000);
}

async function isAtRest(
  all: TestContext,
  userId: string,
  since: Date,
  syncAgain: () => Promise<string>,
): Promise<boolean> {
  const jobs = await jobsOf(all, userId);
  const last = jobs.at(-1);
  if (!last || jobs.some(({ completedAt }) => completedAt === null)) return false;
  const isWhole = last.status === 'completed' && !last.partial && last.startedAt !== null && last.startedAt > since;
  if (!isWhole) await syncAgain();
  return isWhole;
}

/** Prints each invariant. Answers with how many are broken. */
async function report(all: TestContext, members: Member[], troubles: string[]): Promise<number> {
  const found: [string, string[]][] = [['no answer that a user should not get', troubles]];
  for (const { name, check } of invariants) found.push([name, await check(all, members)]);
  found.push(['nothing is left over: browsers, tabs, profiles, transactions', await waitUntilStable(all)]);
  for (const [name, problems] of found) {
    say(`${problems.length === 0 ? 'held  ' : 'broken'}  ${name}`);
    for (const problem of problems.slice(0, 5)) say(`          ${problem}`);
    if (problems.length > 5) say(`          … and ${problems.length - 5} more`);
  }
  const broken = found.filter(([, problems]) => problems.length > 0).length;
  say(`${found.length - broken} held, ${broken} broken (seed ${seed})`);
  return broken;
}
