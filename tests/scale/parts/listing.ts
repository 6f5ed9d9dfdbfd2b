/** Everything that is read of all users together, at this size; and the reconciler's own runs on it. */
import type { WorkflowClient } from '@temporalio/client';
import { endOrphansType, ensureSyncsType, syncQueue } from '#workflows/names.ts';
import { holds, number, seconds, type PartResult } from '../figures.ts';
import { readAllLists, readsWhole } from '../lists/read-all.ts';
import { makeHistory, type Person } from '../population.ts';
import { say, type World } from '../world.ts';

export async function listing(world: World, people: Person[]): Promise<PartResult> {
  say('a day of history for everybody');
  await makeHistory(world.databaseUrl);
  say('lists');
  const ids = people.map(({ id }) => id);
  const lists = await readAllLists(world.databaseUrl, ids, people[0]!.email);
  const { workflow } = world.syncs.client;
  return {
    title: 'Lists of all users',
    findings: [
      ...lists.map(({ what, ms, wholeFor, whole }) => ({
        what,
        value: `${number(ms)} ms${whole.length > 0 && wholeFor ? `; all of ${whole.join(', ')}: ${wholeFor}` : ''}`,
      })),
      { what: 'a run of the reconciler that finds nothing', value: seconds(await timed(workflow, ensureSyncsType)) },
      {
        what: 'a look at every workflow for its user, once a night',
        value: seconds(await timed(workflow, endOrphansType)),
      },
    ],
    checks: [holds('every list comes from an index', readsWhole(lists))],
  };
}

/** As its schedule starts it. */
async function timed(client: WorkflowClient, type: string): Promise<number> {
  const began = performance.now();
  await client.execute(type, { workflowId: `scale:${type}`, taskQueue: syncQueue, args: [] });
  return performance.now() - began;
}
