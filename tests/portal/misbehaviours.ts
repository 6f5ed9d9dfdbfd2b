import { randomUUID } from 'node:crypto';
import { assertFault } from './fault-kinds.ts';
import { forEver } from './replies.ts';
import type { Fault, FaultKind, Misbehaviour } from './types.ts';

interface Active {
  id: string;
  what: Misbehaviour;
  left: number;
  toSkip: number;
  off: AbortController;
}

/** The misbehaviours that are switched on. A fault is taken at an occasion where it can strike. */
export class Misbehaviours {
  #active: Active[] = [];
  #onStrike: (kind: FaultKind, user: string | null) => void;

  constructor(onStrike: (kind: FaultKind, user: string | null) => void) {
    this.#onStrike = onStrike;
  }

  /** Switches one on; the id switches it off again. Throws on a kind that does not exist. */
  add(what: Misbehaviour): string {
    assertFault(what);
    const id = randomUUID();
    this.#active.push({ id, what, left: what.times ?? Infinity, toSkip: what.after ?? 0, off: new AbortController() });
    return id;
  }

  /** Switches one off, or all of them; says whether anything was switched off. */
  remove(id?: string): boolean {
    const off = this.#active.filter((entry) => id === undefined || entry.id === id);
    this.#active = this.#active.filter((entry) => !off.includes(entry));
    off.forEach((entry) => entry.off.abort());
    return off.length > 0;
  }

  /** Waits until a fault that {@link take} gave is switched off; false where the visitor went away before. */
  async untilOff(fault: Fault, gone: AbortSignal): Promise<boolean> {
    const entry = this.#active.find(({ what }) => what === fault);
    if (entry) await forEver(AbortSignal.any([entry.off.signal, gone]));
    return !gone.aborted;
  }

  list(): (Misbehaviour & { id: string })[] {
    return this.#active.map(({ id, what }) => ({ ...what, id }));
  }

  /** The faults that strike this user on this occasion, each used up by one. */
  take<F extends Fault>(user: string | null, applies: (fault: Fault) => fault is F): F[] {
    return this.#active.flatMap((entry) => {
      const fault = entry.what;
      return concerns(fault, user) && applies(fault) && this.#use(entry, user) ? [fault] : [];
    });
  }

  #use(entry: Active, user: string | null): boolean {
    if (entry.toSkip > 0) {
      entry.toSkip -= 1;
      return false;
    }
    if (entry.left <= 0) return false;
    entry.left -= 1;
    this.#onStrike(entry.what.kind, user);
    return true;
  }
}

function concerns(what: Misbehaviour, user: string | null): boolean {
  return what.user === undefined || what.user === user;
}
