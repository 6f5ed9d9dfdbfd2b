/**
 * Who is behind a token, remembered for a minute, so that most requests ask the database nothing. What ends a session or
 * a key is forgotten at once: here by whoever ends it, in the other processes by PostgreSQL's notification.
 */
import { LRUCache } from 'lru-cache';
import type { Session } from './session.ts';

export type KnownSession = Omit<Session, 'via' | 'requestId'>;

export interface SessionCache {
  /** @param look asks the database. A session that is not known is never remembered. */
  find(token: string, look: () => Promise<FoundSession | null>): Promise<KnownSession | null>;
  /** @param id of a session, a key or a user */
  forget(id: string): void;
  forgetAll(): void;
}

export interface FoundSession extends KnownSession {
  /** Null: never. */
  expiresAt: Date | null;
}

const rememberedMs = 60_000;
const mostRemembered = 10_000;

/** @param isTold whether ends are heard of; while they are not, nothing is taken from memory */
export function createSessionCache(isTold: () => boolean): SessionCache {
  const known = new LRUCache<string, KnownSession>({ max: mostRemembered });
  // What ends while the database is asked must not be remembered by the answer.
  let forgotten = 0;
  return {
    async find(token, look) {
      const remembered = isTold() ? known.get(token) : undefined;
      if (remembered) return remembered;
      const before = forgotten;
      const found = await look();
      if (!found) return null;
      const { expiresAt, ...session } = found;
      const ttl = Math.min(rememberedMs, expiresAt ? expiresAt.getTime() - Date.now() : rememberedMs);
      if (before === forgotten && isTold() && ttl > 0) known.set(token, session, { ttl });
      return session;
    },
    forget(id) {
      forgotten += 1;
      for (const [token, { id: sessionId, user }] of known.entries())
        if (id === sessionId || id === user.id) known.delete(token);
    },
    forgetAll() {
      forgotten += 1;
      known.clear();
    },
  };
}
