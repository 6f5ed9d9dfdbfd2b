/** What each part of the service takes of the machine. */
import { memoryMb } from '../../bench/measure/memory.ts';
import { cpuSeconds, wakeUps } from '../../bench/measure/processor.ts';
import { descendants } from '../../faults/context/processes.ts';
import type { Part } from '../../faults/context/part.ts';
import { number, type Finding } from '../figures.ts';

export interface Load {
  name: string;
  megabytes: number;
  /** Of the processor, since the watch began. */
  cpuSeconds: number;
  wakeUps: number;
}

export interface Watch {
  seconds(): number;
  read(): Promise<Load[]>;
}

const pidsOf = (part: Part) => (part.runs ? [part.pid, ...descendants(part.pid).map(({ pid }) => pid)] : []);

/** From now on. What a process has used that ends meanwhile is lost to it; PostgreSQL counts those of its own. */
export function watchLoad(parts: Part[]): Watch {
  const began = performance.now();
  const used = new Map<number, { cpu: number; wakeUps: number }>();
  for (const pid of parts.flatMap(pidsOf)) used.set(pid, { cpu: cpuSeconds(pid), wakeUps: wakeUps(pid) });
  const loadOf = async (part: Part): Promise<Load> => {
    const pids = pidsOf(part);
    const sum = (of: (pid: number) => number) => pids.reduce((all, pid) => all + of(pid), 0);
    const memory = await Promise.all(pids.map(memoryMb));
    return {
      name: part.name,
      megabytes: memory.reduce((all, one) => all + one, 0),
      cpuSeconds: sum((pid) => cpuSeconds(pid) - (used.get(pid)?.cpu ?? 0)),
      wakeUps: sum((pid) => wakeUps(pid) - (used.get(pid)?.wakeUps ?? 0)),
    };
  };
  return {
    seconds: () => (performance.now() - began) / 1_000,
    read: () => Promise.all(parts.map(loadOf)),
  };
}

export function loadFindings(loads: Load[], overSeconds: number): Finding[] {
  return loads.map(({ name, megabytes, cpuSeconds: used, wakeUps: woken }) => ({
    what: `${name}: memory; share of one core; wake-ups a second`,
    value: `${number(megabytes)} MB; ${number((100 * used) / overSeconds)} %; ${number(woken / overSeconds)}`,
  }));
}
