/** What processes cost, as Linux counts it. */
import { readdirSync, readFileSync } from 'node:fs';

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
