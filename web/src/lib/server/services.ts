/** The composition root of the web process: what every request works with, built once, closed at shutdown. */
import type { QueueStats } from '#temporal/queue-stats.ts';
import type { BulkOperations, CalendarPushes, SyncClient } from '#domain/sync-client.ts';
import type { MikroORM } from '@mikro-orm/postgresql';
import type pg from 'pg';
import { loadConfig } from '#platform/config.ts';
import type { Config } from '#platform/config.ts';
import { initOrm, poolFiguresOf } from '#db/orm.ts';
import { createPool, figuresOf } from '#db/pool.ts';
import { writeAuditEntries } from '#db/queries/audit.ts';
import { stillValid } from '#db/queries/sessions.ts';
import { readPortalCircuit } from '#db/queries/portal-circuit.ts';
import { readDeliveryFigures } from '#db/queries/delivery-figures.ts';
import { readSyncFigures } from '#db/queries/sync-figures.ts';
import { readLatestState } from '#db/queries/sync-jobs.ts';
import { createSecrets } from '#db/secrets.ts';
import type { Secrets } from '#db/secrets.ts';
import { createSyncClient } from '#temporal/client.ts';
import { createMailer } from '#notifications/mailer.ts';
import type { Mailer } from '#notifications/mailer.ts';
import { createKeyCalls } from './audit/key-calls.ts';
import type { KeyCalls } from './audit/key-calls.ts';
import { createOpenStreams } from './auth/open-streams.ts';
import type { OpenStreams } from './auth/open-streams.ts';
import { createSessionCache } from './auth/session-cache.ts';
import type { SessionCache } from './auth/session-cache.ts';
import { createCallQueue } from './call-queue.ts';
import type { CallQueue } from './call-queue.ts';
import { createBackground } from './background.ts';
import type { Background } from './background.ts';
import { createFeedStore } from './calendar/feed-store.ts';
import type { FeedStore } from './calendar/feed-store.ts';
import { ApiError } from './errors.ts';
import { createRateLimits } from './limits.ts';
import type { RateLimits } from './limits.ts';
import { createLog } from '#platform/log.ts';
import type { Log } from '#platform/log.ts';
import { withinMs } from '#platform/within-ms.ts';
import { createMetrics } from './metrics.ts';
import type { Metrics } from './metrics.ts';
import type { StoredStatus } from './sync/compose-status.ts';
import { createSyncRequester } from './sync/request-sync.ts';
import type { SyncRequester } from './sync/request-sync.ts';
import { createStatusListener } from './sync/status-listener.ts';
import { createPortalHealthReport } from './sync/portal-health.ts';
import type { PortalHealthReport } from './sync/portal-health.ts';
import { createStatusHub } from './sync/status-hub.ts';
import type { StatusHub } from './sync/status-hub.ts';

export interface Services {
  config: Config;
  log: Log;
  /** Fork its entity manager for each use. */
  orm: MikroORM;
  secrets: Secrets;
  /** Who is behind a token, without asking the database each time. */
  sessionCache: SessionCache;
  syncClient: SyncClient & CalendarPushes & BulkOperations;
  /** `syncClient.requestSync`, one in flight a user. */
  requestSync: SyncRequester;
  hub: StatusHub;
  /** How the portal does for everybody. */
  portalHealth: PortalHealthReport;
  calls: CallQueue;
  /** Notes what API keys do. */
  keyCalls: KeyCalls;
  limits: RateLimits;
  metrics: Metrics;
  /** Calendars as they were last sent. */
  feeds: FeedStore;
  /** Streams that end with their session. */
  streams: OpenStreams;
  mailer: Mailer;
  background: Background;
  /** What the process needs, and whether it answers. */
  health(): Promise<Record<'postgres' | 'temporal', boolean>>;
  close(): Promise<void>;
}

/** The syncClient and what belongs to their connection; tests give their own. */
export interface TemporalPart extends SyncClient, CalendarPushes, BulkOperations {
  isHealthy(): Promise<boolean>;
  queueStats(): Promise<QueueStats[]>;
  close(): Promise<void>;
}

/** Builds all parts. Connections are made at their first use, so this succeeds while a part is away. */
export async function createServices(
  config: Config,
  temporal: TemporalPart = createSyncClient(config),
): Promise<Services> {
  const log = createLog('web', config.LOG_LEVEL);
  const pooled = config.databaseIsPooled;
  const orm = await initOrm(config.DATABASE_URL, { pooled });
  // The rate limiter's own, since its library speaks to `pg` itself; and so that a busy ORM never holds a health check up.
  const pool = createPool(config.DATABASE_URL, { name: 'gibney-sync limits', size: 5, statementMs: 5_000, pooled });
  const listener = createStatusListener({
    databaseUrl: config.DATABASE_DIRECT_URL,
    log,
    onStatusChanged: (userId) => hub.refresh(userId),
    onProgress: (userId) => hub.progressed(userId),
    onSessionEnded: (id) => (sessionCache.forget(id), streams.ended(id)),
    onReconnect() {
      sessionCache.forgetAll();
      hub.refreshAll();
      background.run('look which sessions are over', () => streams.recheck());
    },
  });
  const background = createBackground(log);
  const mailer = createMailer(config);
  const sessionCache = createSessionCache(() => listener.isListening());
  const streams = createOpenStreams((ids) => stillValid(orm.em.fork(), ids));
  const hub = createStatusHub({
    query: (userId) => temporal.readStatus(userId),
    readStored: (userId) => readStored(orm, config, userId),
    listening: () => listener.listening(),
    isListening: () => listener.isListening(),
    onError: (error, userId) => log.warn({ err: error, userId }, 'could not read the status of a sync'),
  });
  const health = () => healthOf(pool, temporal);
  const pools = { orm: () => poolFiguresOf(orm), limits: () => figuresOf(pool) };
  return {
    ...{ config, log, orm },
    secrets: createSecrets(config.CREDENTIALS_KEYS),
    sessionCache,
    syncClient: temporal,
    requestSync: createSyncRequester(temporal),
    hub,
    portalHealth: createPortalHealthReport(orm),
    calls: createCallQueue(),
    keyCalls: createKeyCalls((entry) => writeAuditEntries(orm.em.fork(), [entry]), background),
    limits: createRateLimits(pool, config.RATE_LIMIT_SCALE),
    metrics: createMetrics({ hub, temporal, pools, health, ...storedFigures(orm) }),
    feeds: createFeedStore(),
    streams,
    mailer,
    background,
    health,
    async close() {
      hub.close();
      await background.idle();
      mailer.close();
      await Promise.all([listener.close(), temporal.close(), pool.end(), orm.close()]);
    },
  };
}

async function healthOf(pool: pg.Pool, { isHealthy }: TemporalPart): ReturnType<Services['health']> {
  const [postgres, temporal] = await Promise.all([answers(pool), isHealthy()]);
  return { postgres, temporal };
}

/** Below the time that whoever scrapes or probes waits. */
const answerMs = 4_000;

async function answers(pool: pg.Pool): Promise<boolean> {
  try {
    await withinMs(answerMs, pool.query('select 1'));
    return true;
  } catch {
    // That it failed is the answer.
    return false;
  }
}

/** The other figures are worth showing while the database is away. */
function storedFigures(orm: MikroORM) {
  return {
    portalCircuitOpen: () => circuitOpen(orm),
    syncFigures: () => readSyncFigures(orm.em.fork()),
    deliveryFigures: () => readDeliveryFigures(orm.em.fork()),
  };
}

async function circuitOpen(orm: MikroORM): Promise<number> {
  return readPortalCircuit(orm.em.fork()).then(
    ({ openedAt }) => (openedAt === null ? 0 : 1),
    () => Number.NaN,
  );
}

async function readStored(orm: MikroORM, config: Config, userId: string): Promise<StoredStatus> {
  const stored = await readLatestState(orm.em.fork(), userId);
  if (!stored) throw new ApiError('unauthorized', 'This account no longer exists.');
  return { ...stored, intervalMinutes: stored.intervalMinutes ?? config.SYNC_INTERVAL_MINUTES };
}

// Hot reload makes new copies of this module; the services of the process are to stay one.
const holder = globalThis as typeof globalThis & { gibneyServices?: Promise<Services> };

/** The services of this process. */
export function getServices(): Promise<Services> {
  return (holder.gibneyServices ??= createServices(loadConfig()));
}

/** Closes what was built. */
export async function closeServices(): Promise<void> {
  const built = holder.gibneyServices;
  holder.gibneyServices = undefined;
  await (await built)?.close();
}
