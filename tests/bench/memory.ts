import { readFile } from 'node:fs/promises';
import type { StackProcess } from '../support/stack.ts';

/** What all processes of a service take together: their resident sets added up, and with shared pages counted once. */
export async function idleMemoryMb(processes: StackProcess[]): Promise<string> {
  let resident = 0;
  let proportional = 0;
  for (const { pid } of processes) {
    const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ESRCH') return ''; // it ended in between
      throw error;
    });
    resident += kilobytes(rollup, 'Rss');
    proportional += kilobytes(rollup, 'Pss');
  }
  const mb = (kb: number) => `${Math.round(kb / 1024)} MB`;
  return `${mb(proportional)} in ${processes.length} processes (shared pages once; resident sets added up: ${mb(resident)})`;
}

function kilobytes(rollup: string, name: string): number {
  return Number(new RegExp(`^${name}: +(\\d+) kB`, 'm').exec(rollup)?.[1] ?? 0);
}
