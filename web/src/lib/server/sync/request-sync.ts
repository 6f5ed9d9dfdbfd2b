/** At most one request in flight a user and process: who asks at the same time gets the same answer. */
import type { SyncClient } from '#domain/sync-client.ts';
import type { RequestSyncInput, RequestSyncResult } from '#domain/sync.ts';

export type SyncRequester = (userId: string, input: RequestSyncInput) => Promise<RequestSyncResult>;

export function createSyncRequester(syncClient: Pick<SyncClient, 'requestSync'>): SyncRequester {
  const inFlight = new Map<string, Promise<RequestSyncResult>>();
  return (userId, input) => {
    const known = inFlight.get(userId);
    if (known) return known;
    const request = syncClient.requestSync(userId, input).finally(() => inFlight.delete(userId));
    inFlight.set(userId, request);
    return request;
  };
}
