/** Notes what API keys do. An answer does not wait for it. */
import { LRUCache } from 'lru-cache';
import type { NewAuditEntry } from '#db/queries/audit.ts';
import type { Session } from '../auth/session.ts';
import type { Background } from '../background.ts';
import { hasDeed } from './audit.ts';

export interface KeyCall {
  /** The call's name, as its API has it. */
  action: string;
  /** `ok` or the error's code. */
  outcome: string;
  /** What changes something is noted each time, and what only asks or is refused once a minute. */
  isChange: boolean;
}

export interface KeyCalls {
  /** Does nothing where no key made the call, nor where an operator's deed that names the key says it already. */
  note(session: Session | null, call: KeyCall): void;
}

const onceMs = 60_000;
const mostRemembered = 10_000;

export function createKeyCalls(write: (entry: NewAuditEntry) => Promise<void>, background: Background): KeyCalls {
  const noted = new LRUCache<string, true>({ max: mostRemembered, ttl: onceMs });
  return {
    note(session, { action, outcome, isChange }) {
      if (session?.via !== 'api_key' || (outcome === 'ok' && hasDeed(session))) return;
      const { id: keyId, user, requestId } = session;
      const name = `${keyId} ${action} ${outcome}`;
      const isOnce = !isChange || outcome !== 'ok';
      if (isOnce && noted.has(name)) return;
      if (isOnce) noted.set(name, true);
      const entry = { actor: 'key', actorId: user.id, keyId, action, outcome, requestId } as const;
      background.run('note what an API key did', () => write(entry));
    },
  };
}
