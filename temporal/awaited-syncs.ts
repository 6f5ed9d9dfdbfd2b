/** Whether somebody waits for a sync that no worker has taken: heard from PostgreSQL, which is also asked whether it is still so. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { someoneWaits } from '#db/queries/awaited-syncs.ts';

export interface AwaitedSyncs {
  /** This user's sync is in the queue, or about to be. */
  hear(userId: string): void;
  /** Called at each of them. */
  onHeard(listener: () => void): void;
  /** Whether one of them has not begun. */
  areThere(): Promise<boolean>;
}

/** Whoever has waited for longer than this is helped by no further slot. */
const rememberedMs = 60_000;

export function createAwaitedSyncs(em: () => EntityManager): AwaitedSyncs {
  const heardAt = new Map<string, number>();
  const listeners: (() => void)[] = [];
  return {
    hear(userId) {
      heardAt.set(userId, Date.now());
      for (const listener of listeners) listener();
    },
    onHeard: (listener) => void listeners.push(listener),
    async areThere() {
      for (const [userId, at] of heardAt) if (Date.now() - at > rememberedMs) heardAt.delete(userId);
      return heardAt.size > 0 && someoneWaits(em(), [...heardAt.keys()]);
    },
  };
}
