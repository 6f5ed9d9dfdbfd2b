/** What the web and the reconciler may ask of a user's workflow. `temporal/client.ts` carries it out. */
import type { RequestSyncInput, RequestSyncResult, SyncStatus } from './sync.ts';

/** Every verb throws `TemporalUnavailableError` past its deadline. */
export interface SyncClient {
  /** Sync now, starting the user's workflow where there is none. Throws `SyncRefusedError`. */
  requestSync(userId: string, input?: RequestSyncInput): Promise<RequestSyncResult>;
  /** Interval or credentials were saved: starts the workflow where there is none. */
  settingsChanged(userId: string): Promise<void>;
  /** No effect where no sync is pending or running. */
  cancelSync(userId: string, jobId?: string): Promise<void>;
  pause(userId: string): Promise<void>;
  resume(userId: string): Promise<void>;
  /** Ends the workflow for good. No effect where there is none. */
  stop(userId: string): Promise<void>;
  /** Null where the user has no workflow. */
  readStatus(userId: string): Promise<SyncStatus | null>;
}
