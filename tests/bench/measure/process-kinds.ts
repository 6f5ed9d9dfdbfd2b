import { stackProcesses } from '../../support/stack.ts';
import type { StackProcess } from '../../support/stack.ts';

export const processKinds = [
  'web',
  'worker',
  'supervisor',
  'stand-in portal',
  'Temporal',
  'PostgreSQL',
  'browser',
  'other',
];
/** The processes that run our code. The stand-in portal is a part of the demo only. */
export const ourKinds = ['web', 'worker', 'supervisor'];

const patterns: [RegExp, string][] = [
  [/web\/server\.ts/, 'web'],
  [/temporal\/worker\.ts/, 'worker'],
  [/tests\/portal\/main\.ts/, 'stand-in portal'],
  [/scripts\/(start|supervisor)/, 'supervisor'],
  [/chrom|headless/i, 'browser'],
  [/postgres/i, 'PostgreSQL'],
  [/temporal/i, 'Temporal'],
];

/** The processes of a service by what they are. */
export function processesByKind(dataDir: string): Map<string, number[]> {
  const found = new Map<string, number[]>(processKinds.map((kind) => [kind, []]));
  for (const one of stackProcesses(dataDir)) found.get(kindOf(one))!.push(one.pid);
  return found;
}

function kindOf({ command }: StackProcess): string {
  return patterns.find(([pattern]) => pattern.test(command))?.[1] ?? 'other';
}
