import type { StatusView } from '#domain/shapes/sync.ts';
import type { OpenStream } from '../auth/open-streams.ts';
import type { Session } from '../auth/session.ts';
import { ApiError } from '../errors.ts';
import type { Services } from '../services.ts';
import type { Snapshot, StatusHub } from './status-hub.ts';

/** One consistent snapshot of now. */
export function readStatus({ hub }: Services, userId: string): Promise<StatusView> {
  return hub.read(userId);
}

/**
 * The present snapshot first, then each new one, until `signal` aborts. Throws `unauthorized` as soon as the session or
 * the key that opened it is over, and `rate_limited` at once where the user has too many.
 */
export function watchStatus(
  { hub, streams }: Pick<Services, 'hub' | 'streams'>,
  session: Session,
  signal?: AbortSignal,
): AsyncGenerator<Snapshot, void, void> {
  return snapshots(hub, session.user.id, streams.open(session, signal), signal);
}

async function* snapshots(hub: StatusHub, userId: string, stream: OpenStream, signal?: AbortSignal) {
  try {
    yield* hub.watch(userId, signal ? AbortSignal.any([signal, stream.ended]) : stream.ended);
    if (stream.ended.aborted && !signal?.aborted) throw new ApiError('unauthorized', 'This session has ended.');
  } finally {
    stream.close();
  }
}
