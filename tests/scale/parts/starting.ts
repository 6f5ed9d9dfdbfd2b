/** Users come, and a workflow of theirs is started by the same call that the service makes. */
import { setTimeout as pause } from 'node:timers/promises';
import pLimit from 'p-limit';
import { kilobytes, number, seconds, type PartResult } from '../figures.ts';
import { databaseSizes, perEach } from '../measure/sizes.ts';
import { watchLoad } from '../measure/load.ts';
import { makePeople, rentalsEach, type Person } from '../population.ts';
import { say, type World } from '../world.ts';

/** As many at a time as the reconciler takes twice over. */
const callers = 20;

/** The server counts by looking at them all. */
const betweenCountsMs = 1_000;
const betweenWordsMs = 20_000;

export interface Started {
  people: Person[];
  result: PartResult;
}

export async function starting(world: World, users: number): Promise<Started> {
  const before = await databaseSizes(world);
  say(`${number(users)} users with ${rentalsEach} rentals each`);
  const people = await makePeople(world, 'dancer', users);
  const populated = await databaseSizes(world);
  say('starting their workflows');
  const watch = watchLoad([world.temporal, world.worker, world.postgres]);
  const began = performance.now();
  await tellAll(world, people);
  const calledMs = performance.now() - began;
  await untilAsleep(world, users);
  const asleepMs = performance.now() - began;
  const used = await watch.read();
  const after = await databaseSizes(world);
  const ours = perEach(before, populated, users).ours;
  const { temporal, visibility } = perEach(populated, after, users);
  return {
    people,
    result: {
      title: 'Start',
      findings: [
        { what: 'started by 20 callers', value: `${number(users / (calledMs / 1_000))} a second` },
        { what: 'all asleep, their next sync in the schedule', value: `after ${seconds(asleepMs)}` },
        ...used.map(({ name, cpuSeconds }) => ({
          what: `${name}: processor time a start`,
          value: `${number((cpuSeconds * 1_000) / users)} ms`,
        })),
        { what: `a user with ${rentalsEach} rentals in our database`, value: kilobytes(ours) },
        { what: "a sleeper in Temporal's database", value: kilobytes(temporal) },
        { what: 'a sleeper in its visibility', value: kilobytes(visibility) },
      ],
      checks: [],
    },
  };
}

/** As the reconciler tells one whose workflow is missing, and the web one whose settings changed. */
export async function tellAll({ syncs }: World, people: Person[]): Promise<void> {
  const limit = pLimit(callers);
  await Promise.all(people.map(({ id }) => limit(() => syncs.settingsChanged(id))));
}

/** Each has told the server's index when it is due next, which it does last before it sleeps. */
export async function untilAsleep(world: World, users: number, due = 'NextSyncAt is not null'): Promise<void> {
  const query = `WorkflowType = 'userSync' and ExecutionStatus = 'Running' and ${due}`;
  for (let told = Date.now(); ; await pause(betweenCountsMs)) {
    const { count } = await world.syncs.client.workflow.count(query);
    if (count >= users) return;
    if (Date.now() - told < betweenWordsMs) continue;
    say(`  ${number(count)} asleep`);
    told = Date.now();
  }
}
