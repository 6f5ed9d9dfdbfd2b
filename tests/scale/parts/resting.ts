/** Everybody sleeps and nobody looks: what that costs. */
import { setTimeout as pause } from 'node:timers/promises';
import type { PartResult } from '../figures.ts';
import { loadFindings, watchLoad } from '../measure/load.ts';
import { say, type World } from '../world.ts';

const settleMs = 30_000;
const watchMs = 60_000;

export async function resting(world: World): Promise<PartResult> {
  say('at rest');
  await pause(settleMs); // what the start left to do: vacuum, the server's own queues
  const watch = watchLoad([world.temporal, world.worker, world.postgres]);
  await pause(watchMs); // it is what is measured
  const loads = await watch.read();
  return { title: 'At rest', findings: loadFindings(loads, watch.seconds()), checks: [] };
}
