import type { Warning } from '#domain/deliveries.ts';
import type { MikroORM } from '@mikro-orm/postgresql';
import type { Config } from '#platform/config.ts';
import type { Secrets } from '#db/secrets.ts';
import type { PushDeps } from '#notifications/calendars/push-slice.ts';
import type { DeliveryChannels } from '#notifications/channel.ts';
import type { CalendarPushes, SyncClient, SyncRuns } from '#domain/sync-client.ts';
import type { FailureArtifacts } from './artifacts/failure-artifacts.ts';
import type { AttemptStops } from './portal/attempt-stops.ts';
import type { DatabaseStanding } from './light.ts';
import type { BrowserPool } from './portal/browser-pool.ts';

export interface WithDatabase {
  /** Whether this worker can reach the database; without it, the activities find out by themselves. */
  database?: DatabaseStanding | undefined;
}

/** What the activities on the queue `sync` need. Only the worker's entry and the tests build it. */
export interface SyncDeps extends WithDatabase {
  config: Pick<
    Config,
    'SYNC_TIMEOUT_SECONDS' | 'SYNC_INTERVAL_MINUTES' | 'RETENTION_DAYS' | 'HISTORY_DAYS' | 'DATA_DIR'
  > &
    Partial<Pick<Config, 'PUBLIC_URL'>>;
  orm: MikroORM;
  /** For what starts deliveries, and for the reconciler, which speaks to all workflows. */
  temporal: Pick<
    SyncClient,
    'settingsChanged' | 'stop' | 'readStatus' | 'deliver' | 'syncInBackground' | 'pause' | 'resume'
  > &
    SyncRuns &
    CalendarPushes;
  /** Tells the owner of a delivery target that fails. Throws where that did not work, and is then called again. */
  tellOwner?: (targetId: string, warning: Warning) => Promise<void>;
}

/** What the activities on the queue `delivery` need. */
export interface DeliveryDeps extends WithDatabase {
  orm: MikroORM;
  channels: DeliveryChannels;
}

/** What the activities on the queue `calendars` need. */
export interface CalendarDeps extends PushDeps, WithDatabase {
  /** For what starts deliveries. */
  temporal: Pick<SyncClient, 'deliver'>;
}

/** What the activities on the queue `portal` need. */
export interface PortalDeps extends WithDatabase {
  config: Pick<Config, 'PORTAL_URL'>;
  orm: MikroORM;
  secrets: Secrets;
  browsers: BrowserPool;
  /** Without it, an attempt learns by its heartbeats that it is to stop. */
  stops?: AttemptStops;
  /** Where pages of failures are kept; without it, none are. */
  artifacts?: FailureArtifacts;
}
