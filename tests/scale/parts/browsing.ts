/** The real thing: Chromium reads the stand-in portal, as many lists as this machine can. */
import { setTimeout as pause } from 'node:timers/promises';
import { findChromium } from '#platform/find-chromium.ts';
import { inProject } from '#platform/paths.ts';
import { readyMessage, type ProcessSpec } from '#scripts/lib/child.ts';
import { connectControl } from '../../portal/control-client.ts';
import { rows, sql } from '../../support/sql.ts';
import { number, seconds, spreadOf, type PartResult } from '../figures.ts';
import { watchLoad } from '../measure/load.ts';
import { makePeople, portalPassword, rentalsEach, type Person } from '../population.ts';
import { freePorts } from '../server/settings.ts';
import { say, type World } from '../world.ts';

/** The default of BROWSER_SLOTS. */
const slots = 4;
/** The first sync of each signs in, the others have its session. */
const peopleCount = 3 * slots;
const warmUpMs = 20_000;

interface Ended {
  ms: number;
  status: string;
}

export async function browsing(
  world: World,
  _people: Person[],
  { browseMs }: { browseMs: number },
): Promise<PartResult> {
  const [port] = (await freePorts(1)) as [number];
  const portalUrl = `http://127.0.0.1:${port}`;
  const portal = await world.add('portal', () => Promise.resolve(portalSpec(port)));
  const people = await makePeople(world, 'browsed', peopleCount, 0);
  const control = connectControl(portalUrl);
  for (const { email } of people)
    await control.addUser({ username: email, password: portalPassword, rentals: rentalsEach });
  const { executablePath } = await findChromium(process.env.CHROMIUM_PATH, say);
  const env = {
    WORKER_QUEUES: 'portal',
    PORTAL_URL: portalUrl,
    BROWSER_SLOTS: String(slots),
    CHROMIUM_PATH: executablePath,
  };
  const worker = await world.add('browsers', () => world.workerSpec('browsers', env));

  say(`reading with ${slots} browsers for ${seconds(browseMs)}`);
  const over = new AbortController();
  const reading = Promise.all(people.map((person) => syncAgain(world, person, over.signal)));
  await pause(warmUpMs); // sign-ins, and the start of the browser
  const from = new Date();
  const watch = watchLoad([worker, world.temporal, world.worker, world.postgres]);
  await pause(browseMs); // it is what is measured
  const used = await watch.read();
  const overSeconds = watch.seconds();
  const ended = await endedSince(world, people, from);
  over.abort();
  await reading;
  await worker.stop();
  await portal.stop();

  const good = ended.filter(({ status }) => status === 'completed');
  return {
    title: `Real browsers: ${slots} at a time, ${rentalsEach} rentals, a portal as slow as the real one`,
    findings: [
      { what: 'syncs an hour', value: number(Math.round((good.length * 3_600) / overSeconds)) },
      { what: 'a sync, from its first attempt to its end', value: spreadOf(good.map(({ ms }) => ms)) },
      { what: 'syncs that failed', value: number(ended.length - good.length) },
      ...used.map(({ name, megabytes, cpuSeconds }) => ({
        what: `${name}: processor time a sync; share of one core; memory`,
        value: `${number((cpuSeconds * 1_000) / Math.max(1, good.length))} ms; ${number((100 * cpuSeconds) / overSeconds)} %; ${number(megabytes)} MB`,
      })),
    ],
    checks: [],
  };
}

function portalSpec(port: number): ProcessSpec {
  return {
    name: 'stand-in portal',
    command: process.execPath,
    args: [inProject('tests', 'portal', 'main.ts')],
    env: { ...process.env, HOST: '127.0.0.1', PORTAL_PORT: String(port) },
    cwd: inProject(),
    ipc: true,
    stopSignal: 'SIGTERM',
    stopGraceMs: 3_000,
    readyTimeoutMs: 60_000,
    ready: readyMessage(),
  };
}

/** One sync of this person after the other. A request that is refused or not answered is made again. */
async function syncAgain({ syncs, em }: World, { id }: Person, over: AbortSignal): Promise<void> {
  while (!over.aborted) {
    const asked = await syncs.requestSync(id).catch(() => null); // as above
    while (asked && !over.aborted && !(await isOver(em(), asked.jobId)))
      await pause(250, undefined, { signal: over }).catch(() => undefined); // the end
    if (!asked) await pause(1_000, undefined, { signal: over }).catch(() => undefined); // the end
  }
}

async function isOver(em: ReturnType<World['em']>, jobId: string): Promise<boolean> {
  const found = await rows(em, sql`select 1 from sync_jobs where id = ${jobId} and completed_at is not null`);
  return found.length > 0;
}

function endedSince({ em }: World, people: Person[], from: Date): Promise<Ended[]> {
  const ids = people.map(({ id }) => id);
  return rows<Ended>(
    em(),
    sql`select status, extract(epoch from completed_at - started_at)::float8 * 1000 as ms from sync_jobs
        where completed_at >= ${from} and started_at is not null and user_id = any(${ids}::uuid[])`,
  );
}
