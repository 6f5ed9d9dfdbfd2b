/** At most one request in flight a user and process: who asks for the same meanwhile gets the same answer. */
import type { SyncClient } from '#domain/sync-client.ts';
import { covers } from '#domain/sync-options.ts';
import type { RequestSyncInput, RequestSyncResult } from '#domain/sync.ts';

export type SyncRequester = (userId: string, input: RequestSyncInput) => Promise<RequestSyncResult>;

export function createSyncRequester(syncClient: Pick<SyncClient, 'requestSync'>): SyncRequester {
  const inFlight = new Map<string, { input: RequestSyncInput; answer: Promise<RequestSyncResult> }>();

  async function ask(userId: string, input: RequestSyncInput): Promise<RequestSyncResult> {
    const known = inFlight.get(userId);
    if (known && covers(known.input.options ?? {}, input.options ?? {})) return known.answer;
    if (known) {
      await known.answer.catch(() => {}); // whoever asked is told of it
      return ask(userId, input);
    }
    const answer = syncClient.requestSync(userId, input).finally(() => inFlight.delete(userId));
    inFlight.set(userId, { input, answer });
    return answer;
  }
  return ask;
}
