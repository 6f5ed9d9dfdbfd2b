/** People who press the button while the herd is worked off. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Begun } from '../../workflows/herd-browsers.ts';
import type { Person } from '../population.ts';
import type { World } from '../world.ts';

export interface Click {
  userId: string;
  /** Epoch ms. */
  at: number;
  /** The workflow has taken the request, and said so. */
  answeredMs: number;
  jobId: string;
  error?: string;
}

export interface Clicking {
  clicks: Click[];
  /** No more of them; resolves when all that were sent are answered. */
  stop(): Promise<void>;
}

/** One person every `everyMs`, each once, until nobody is left. */
export function clickAround({ syncs }: World, people: () => Person | undefined, everyMs: number): Clicking {
  const clicks: Click[] = [];
  const under = new Set<Promise<void>>();
  const abort = new AbortController();
  const click = async ({ id: userId }: Person) => {
    const at = Date.now();
    try {
      const { jobId } = await syncs.requestSync(userId);
      clicks.push({ userId, at, answeredMs: Date.now() - at, jobId });
    } catch (error) {
      clicks.push({ userId, at, answeredMs: Date.now() - at, jobId: '', error: (error as Error).message });
    }
  };
  const clicking = (async () => {
    while (!abort.signal.aborted) {
      const person = people();
      if (!person) return;
      const one = click(person).finally(() => under.delete(one));
      under.add(one);
      await pause(everyMs, undefined, { signal: abort.signal }).catch(() => undefined); // stopped: the loop ends
    }
  })();
  return {
    clicks,
    async stop() {
      abort.abort();
      await clicking;
      await Promise.all(under);
    },
  };
}

/** From each click until its attempt begins, which may be one that was in the queue before. */
export function beginsAfter(clicks: Click[], begun: Begun[]): number[] {
  const first = new Map<string, number[]>();
  for (const { userId, at } of begun) first.set(userId, [...(first.get(userId) ?? []), at]);
  return clicks.flatMap(({ userId, at }) => {
    const began = first.get(userId)?.find((time) => time >= at);
    return began === undefined ? [] : [began - at];
  });
}
