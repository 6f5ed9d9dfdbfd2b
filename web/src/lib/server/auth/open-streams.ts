/** Streams that are open for a session or a key, so that they end when it does, in whichever process that happened. */
import { ApiError } from '../errors.ts';
import type { Session } from './session.ts';

export interface OpenStreams {
  /** Counts until `close` or the abort of `signal`. Throws `rate_limited` where the user has too many. */
  open(session: Session, signal?: AbortSignal): OpenStream;
  /** A session or a key is over. */
  ended(id: string): void;
  /** Asks about all of them: an end may have been missed. */
  recheck(): Promise<void>;
}

export interface OpenStream {
  /** Aborts when the session or key is over. */
  ended: AbortSignal;
  close(): void;
}

/** A browser's tabs share one. Each costs a connection, and what changes goes to all of them. */
const mostOfUser = 20;

interface Entry extends OpenStream {
  sessionId: string;
  end(): void;
}

/** @param stillValid which of these ids are; a failure changes nothing */
export function createOpenStreams(stillValid: (ids: string[]) => Promise<Set<string>>): OpenStreams {
  const users = new Map<string, Set<Entry>>();
  const all = () => [...users.values()].flatMap((streams) => [...streams]);
  const end = (isOver: (sessionId: string) => boolean) =>
    all().forEach((stream) => isOver(stream.sessionId) && stream.end());
  return {
    open({ id, user }, signal) {
      const streams = users.get(user.id) ?? new Set();
      if (streams.size >= mostOfUser) throw tooMany();
      const over = new AbortController();
      const stream: Entry = {
        sessionId: id,
        ended: over.signal,
        end: () => over.abort(),
        close() {
          streams.delete(stream);
          if (streams.size === 0 && users.get(user.id) === streams) users.delete(user.id);
        },
      };
      users.set(user.id, streams.add(stream));
      if (signal?.aborted) stream.close();
      signal?.addEventListener('abort', stream.close);
      return stream;
    },
    ended: (id) => end((one) => one === id),
    async recheck() {
      const ids = new Set(all().map(({ sessionId }) => sessionId));
      if (ids.size === 0) return;
      const valid = await stillValid([...ids]);
      end((id) => ids.has(id) && !valid.has(id));
    },
  };
}

function tooMany(): ApiError {
  return new ApiError(
    'rate_limited',
    `At most ${mostOfUser} live streams are open for one account. Close some, or ask for the status now and then.`,
    { retryAfterSeconds: 15 },
  );
}
