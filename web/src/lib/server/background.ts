/** Work that an answer does not wait for. It is awaited at the orderly end of the process. */
import type { Log } from '#platform/log.ts';

export interface Background {
  /** Begins at once; a failure is logged under this name. */
  run(name: string, work: () => Promise<void>): void;
  /** Resolves when nothing is under way. */
  idle(): Promise<void>;
}

export function createBackground(log: Log): Background {
  const running = new Set<Promise<void>>();
  return {
    run(name, work) {
      const one = Promise.resolve()
        .then(work)
        .catch((error: unknown) => log.error({ err: error, work: name }, 'work in the background failed'))
        .finally(() => running.delete(one));
      running.add(one);
    },
    async idle() {
      while (running.size > 0) await Promise.all(running);
    },
  };
}
