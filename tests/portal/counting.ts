import { EventEmitter } from 'node:events';
import type { Counters, FaultKind, Step } from './types.ts';

type Live = Pick<Counters, 'sessionsNow' | 'pagesNow'>;
type Counted = 'goodLogins' | 'badLogins' | 'listLoads' | 'batches';

/**
 * Counts for each user and for everybody together, and wakes those who wait for a count. What is true at the moment
 * (sessions, pages) is asked of `live`; null means everybody.
 */
export class Counting {
  #of = new Map<string | null, Counters>();
  #changed = new EventEmitter().setMaxListeners(0);
  #live: (user: string | null) => Live;

  constructor(live: (user: string | null) => Live) {
    this.#live = live;
  }

  read(user: string | null = null): Counters {
    return structuredClone({ ...this.#entry(user), ...this.#live(user) });
  }

  /** Back to zero; what is open at the moment stays counted as open. */
  reset(): void {
    this.#of.clear();
    this.touch();
  }

  request(step: Step, user: string | null): void {
    this.#both(user, (counters) => {
      counters.steps[step] = (counters.steps[step] ?? 0) + 1;
      counters.lastRequestAt = Date.now();
    });
  }

  fault(kind: FaultKind, user: string | null): void {
    this.#both(user, (counters) => (counters.faults[kind] = (counters.faults[kind] ?? 0) + 1));
  }

  add(what: Counted, user: string | null): void {
    this.#both(user, (counters) => {
      counters[what] += 1;
      if (what === 'goodLogins') counters.lastLoginAt = Date.now();
      if (what === 'listLoads') counters.lastListAt = Date.now();
    });
  }

  /** To be called when sessions or pages came or went. */
  touch(user: string | null = null): void {
    this.#both(user, (counters, of) => {
      const { sessionsNow, pagesNow } = this.#live(of);
      counters.sessionsMax = Math.max(counters.sessionsMax, sessionsNow);
      counters.pagesMax = Math.max(counters.pagesMax, pagesNow);
    });
  }

  /** Resolves with the counters as soon as they satisfy `met`; rejects with the signal's reason. */
  waitFor(met: (counters: Counters) => boolean, user: string | null, signal: AbortSignal): Promise<Counters> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const counters = this.read(user);
        if (!met(counters)) return;
        stop();
        resolve(counters);
      };
      const give = (): void => {
        stop();
        reject(signal.reason as Error);
      };
      const stop = (): void => {
        this.#changed.off('change', look);
        signal.removeEventListener('abort', give);
      };
      if (signal.aborted) return give();
      this.#changed.on('change', look);
      signal.addEventListener('abort', give);
      look();
    });
  }

  #both(user: string | null, change: (counters: Counters, of: string | null) => void): void {
    for (const of of user === null ? [null] : [null, user]) change(this.#entry(of), of);
    this.#changed.emit('change');
  }

  #entry(user: string | null): Counters {
    const known = this.#of.get(user);
    if (known) return known;
    const live = this.#live(user);
    const fresh: Counters = {
      goodLogins: 0,
      badLogins: 0,
      listLoads: 0,
      batches: 0,
      ...live,
      sessionsMax: live.sessionsNow,
      pagesMax: live.pagesNow,
      steps: {},
      faults: {},
      lastRequestAt: null,
      lastLoginAt: null,
      lastListAt: null,
    };
    this.#of.set(user, fresh);
    return fresh;
  }
}
