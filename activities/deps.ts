import type { LongFailureNotice } from '#domain/sync.ts';
import type { MikroORM } from '@mikro-orm/postgresql';
import type { Config } from '#platform/config.ts';
import type { Secrets } from '#db/secrets.ts';
import type { SyncClient, SyncRuns } from '#domain/sync-client.ts';
import type { FailureArtifacts } from './artifacts/failure-artifacts.ts';
import type { AttemptStops } from './portal/attempt-stops.ts';
import type { BrowserPool } from './portal/browser-pool.ts';

/** What the activities on the queue `sync` need. Only the worker's entry and the tests build it. */
export interface SyncDeps {
  config: Pick<Config, 'SYNC_TIMEOUT_SECONDS' | 'SYNC_INTERVAL_MINUTES' | 'RETENTION_DAYS' | 'DATA_DIR'>;
  orm: MikroORM;
  /** For the reconciler, which speaks to all users' workflows. */
  temporal: Pick<SyncClient, 'settingsChanged' | 'stop' | 'readStatus'> & SyncRuns;
  /** Tells a user of long failure beside the page. Throws where that did not work, and is then asked again. */
  tellUser?: (userId: string, notice: LongFailureNotice) => Promise<void>;
}

/** What the activities on the queue `portal` need. */
export interface PortalDeps {
  config: Pick<Config, 'PORTAL_URL'>;
  orm: MikroORM;
  secrets: Secrets;
  browsers: BrowserPool;
  /** Without it, an attempt learns by its heartbeats that it is to stop. */
  stops?: AttemptStops;
  /** Where pages of failures are kept; without it, none are. */
  artifacts?: FailureArtifacts;
}
