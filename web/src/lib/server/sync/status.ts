import type { StatusView } from '../../api-types.ts';
import type { Services } from '../services.ts';
import type { Snapshot } from './status-hub.ts';

/** One consistent snapshot of now. */
export function readStatus({ hub }: Services, userId: string): Promise<StatusView> {
  return hub.read(userId);
}

/** The present snapshot first, then each new one, until `signal` aborts. */
export function watchStatus({ hub }: Services, userId: string, signal?: AbortSignal): AsyncGenerator<Snapshot> {
  return hub.watch(userId, signal);
}
