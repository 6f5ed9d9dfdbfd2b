/** The workers of the queue `portal`, whose portal and browsers are faked: a real browser would be the limit, and is measured apart. */
import { inProject } from '#platform/paths.ts';
import type { ProcessSpec } from '#scripts/lib/child.ts';
import type { Part } from '../../faults/context/part.ts';
import type { Begun, HerdBrowsers } from '../../workflows/herd-browsers.ts';
import { rentalsEach } from '../population.ts';
import { listedRentals } from '../rentals.ts';
import type { World } from '../world.ts';

export interface Browsers {
  parts: [Part, Part];
  /** Attempts that began, in order. */
  begun: Begun[];
}

/** Two processes, so that one of them can be killed and the other goes on. */
export async function openBrowsers(world: World, slots: number, readingMs: number): Promise<Browsers> {
  const begun: Begun[] = [];
  const { databaseUrl, temporalAddress: address, namespace, startedAt } = world;
  const rentals = listedRentals(rentalsEach, startedAt);
  const options: HerdBrowsers = { databaseUrl, address, namespace, slots: slots / 2, readingMs, rentals };
  const prepare = (): Promise<ProcessSpec> =>
    Promise.resolve({
      name: 'stand-in browsers',
      command: process.execPath,
      args: [inProject('tests', 'workflows', 'herd-browsers.ts'), JSON.stringify(options)],
      cwd: inProject(),
      ipc: true,
      stopSignal: 'SIGTERM',
      stopGraceMs: 10_000,
      readyTimeoutMs: 60_000,
      ready(child) {
        child.process.on('message', (message) => void begun.push(message as Begun));
        return Promise.resolve();
      },
    });
  return { parts: [await world.add('browsers-1', prepare), await world.add('browsers-2', prepare)], begun };
}
