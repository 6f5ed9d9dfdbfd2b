/** The processes of this machine, as /proc tells. Linux only, as the suite is. */
import { readdirSync, readFileSync } from 'node:fs';

export interface ProcessInfo {
  pid: number;
  parent: number;
  command: string;
}

function read(pid: number): ProcessInfo | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (state === 'Z') return null;
    const command = readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ').trim();
    return { pid, parent: Number(parent), command };
  } catch {
    return null; // it ended in between
  }
}

/** Everything that this process has started, and what they have started, not the process itself. */
export function descendants(pid: number): ProcessInfo[] {
  const all = readdirSync('/proc')
    .map(Number)
    .filter(Boolean)
    .flatMap((each) => read(each) ?? []);
  const found: ProcessInfo[] = [];
  for (let generation = [pid]; generation.length > 0;) {
    const children = all.filter(({ parent }) => generation.includes(parent));
    found.push(...children);
    generation = children.map((child) => child.pid);
  }
  return found;
}

export function isAlive(pid: number): boolean {
  return read(pid) !== null;
}

const isChromium = ({ command }: ProcessInfo) => /chrom|headless[-_]shell/i.test(command.split(' ')[0] ?? '');

/** The browser processes of a worker: one for each Chromium. */
export function browsersOf(worker: number): ProcessInfo[] {
  return descendants(worker).filter((each) => isChromium(each) && !each.command.includes('--type='));
}

/** The processes that hold the pages. */
export function renderersOf(worker: number): ProcessInfo[] {
  return descendants(worker).filter((each) => isChromium(each) && each.command.includes('--type=renderer'));
}

/** Sends a signal to each; one that ended meanwhile is passed over. */
export function signalAll(processes: { pid: number }[], signal: NodeJS.Signals): void {
  for (const { pid } of processes) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}
