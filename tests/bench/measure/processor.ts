/** What processes cost, as Linux counts it. */
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { stackProcesses } from '../../support/stack.ts';

const ticksPerSecond = 100; // USER_HZ, the same on all platforms that Node runs on

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // the process ended in between
  }
}

/** Seconds of the processor that a process has used, with those of its children that have ended. */
export function cpuSeconds(pid: number): number {
  const fields = read(`/proc/${pid}/stat`).split(') ').at(-1)!.split(' ');
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / ticksPerSecond || 0;
}

/** How often the threads of a process were put on a processor. */
export function wakeUps(pid: number): number {
  let threads: string[];
  try {
    threads = readdirSync(`/proc/${pid}/task`);
  } catch {
    return 0; // as above
  }
  const counted = threads.map((thread) => {
    const status = read(`/proc/${pid}/task/${thread}/status`);
    return [...status.matchAll(/ctxt_switches:\s*(\d+)/g)].reduce((sum, [, count]) => sum + Number(count), 0);
  });
  return counted.reduce((sum, count) => sum + count, 0);
}

const restMs = 200;
/** What a service at rest uses in that time at most: two ticks. */
const restSeconds = 0.02;

/**
 * Resolves once a service does next to nothing: what follows the end of a sync (the workflow's new run, the end of the
 * browser's context, what is delivered) is over. Nobody clicks within a tenth of a second after a sync.
 */
export async function untilAtRest({ dataDir }: { dataDir: string }): Promise<void> {
  const used = () => stackProcesses(dataDir).reduce((sum, { pid }) => sum + cpuSeconds(pid), 0);
  for (let before = used(); ;) {
    await pause(restMs);
    const now = used();
    if (now - before <= restSeconds) return;
    before = now;
  }
}
