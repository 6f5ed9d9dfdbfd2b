/**
 * The worker process, and the composition root of the activities. With `WORKER_QUEUES` it serves the light queue, the
 * browser queue or both; the browser queue takes as many syncs at once as there are browser slots.
 */
import type { MikroORM } from '@mikro-orm/postgresql';
import { ConfigError, PlainError } from '#platform/errors.ts';
import { hostname } from 'node:os';
import { Worker } from '@temporalio/worker';
import type { TunerHolder, WorkerOptions } from '@temporalio/worker';
import { createFailureArtifacts } from '#activities/artifacts/failure-artifacts.ts';
import {
  createCalendarActivities,
  createDeliveryActivities,
  createPortalActivities,
  createSyncActivities,
} from '#activities/index.ts';
import { counters } from '#activities/counters.ts';
import { createAttemptStops } from '#activities/portal/attempt-stops.ts';
import { createBrowserPool } from '#activities/portal/browser-pool.ts';
import type { BrowserPool } from '#activities/portal/browser-pool.ts';
import { loadConfig } from '#platform/config.ts';
import type { Config } from '#platform/config.ts';
import { watchDatabase, type DatabaseWatch } from '#db/database-watch.ts';
import { initOrm, poolFiguresOf } from '#db/orm.ts';
import { refusePooler } from '#db/pooler.ts';
import { createSecrets } from '#db/secrets.ts';
import { createLog } from '#platform/log.ts';
import type { Log } from '#platform/log.ts';
import { startTracing } from '#platform/start-tracing.ts';
import { closeTracing, isTracing } from '#platform/tracing.ts';
import { makeDataDir } from '#platform/data-dir.ts';
import { findChromium } from '#platform/find-chromium.ts';
import { createOutbound, type Outbound } from '#platform/outbound.ts';
import { isVapidSubjectFound, type Vapid } from '#platform/vapid.ts';
import { useOwnTemporaryFolder } from '#platform/temporary-folder.ts';
import { createMailChannel } from '#notifications/mail/channel.ts';
import { createMailer, type Mailer } from '#notifications/mailer.ts';
import { createPushChannel } from '#notifications/push/channel.ts';
import { receiverLimits } from '#notifications/answers.ts';
import { createWebhookChannel } from '#notifications/webhooks/channel.ts';
import { createTellOwner } from '#notifications/tell-owner.ts';
import { awaitedChannel } from '#db/queries/awaited-syncs.ts';
import { createActivitySlots, type ActivitySlotsOptions } from './activity-slots.ts';
import { createAwaitedSyncs } from './awaited-syncs.ts';
import { closeAll } from './close-all.ts';
import { createSyncClient } from './client.ts';
import type { TemporalSyncClient } from './client.ts';
import { workerConverter } from './data-converter.ts';
import { patientDeadlineMs } from './deadline.ts';
import { calendarsQueue, deliveryQueue, maintenanceQueue, portalQueue, syncQueue } from '#workflows/names.ts';
import { serveProbes } from './probes.ts';
import { installRuntime } from './runtime.ts';
import { ensureSchedules } from './schedules.ts';
import { tracedWorker } from './trace-activities.ts';
import { connectWorker } from './worker-connection.ts';
import { createWorkerFigures, type WorkerFigures } from './worker-figures.ts';
import { workflowBundlePath } from './workflow-bundle.ts';

async function main(): Promise<void> {
  const config = loadConfig();
  const log = createLog('worker', config.LOG_LEVEL);
  await makeDataDir(config.DATA_DIR);
  const probes = await serveProbes(config);
  await startTracing(config, 'worker', log);
  await installRuntime(config, log);
  const connection = await connectWorker(config);
  await refusePooler(config.DATABASE_DIRECT_URL);
  const orm = await initOrm(config.DATABASE_URL, { size: lightSlots, pooled: config.databaseIsPooled });
  const figures = createWorkerFigures();
  const database = watchDatabase({ databaseUrl: config.DATABASE_URL, log, onChange: figures.databaseIsThere });
  const temporal = createSyncClient(config, patientDeadlineMs);
  const mailer = createMailer(config);
  const closers: (() => unknown)[] = [
    figures.watchPool('orm', () => poolFiguresOf(orm)),
    () => mailer.close(),
    () => temporal.close(),
    () => database.close(),
    () => orm.close(),
    () => connection.close(),
    () => closeTracing(),
  ];
  const dataConverter = workerConverter(config.TEMPORAL_PAYLOAD_KEYS);
  const namespace = config.TEMPORAL_NAMESPACE;
  const shared = { connection, namespace, dataConverter, ...tracedWorker(), ...shutdownTimes(config) };
  const workers: Worker[] = [];
  const addWorker: AddWorker = async (queue, slots, { spare, ...options }) => {
    const onFree = (free: number) => figures.slotsFree(queue, free);
    const tuner = tunerOf(createActivitySlots({ size: slots, spare, database, onFree }));
    workers.push(await Worker.create({ ...shared, taskQueue: queue, ...identity(queue), tuner, ...options }));
  };

  const { failureConverterPath } = dataConverter;
  if (config.WORKER_QUEUES.includes('sync')) {
    const codePath = await workflowBundlePath(config.DATA_DIR, { failureConverterPath, traced: isTracing() });
    await addSyncWorkers(addWorker, codePath, { config, orm, database, mailer, temporal });
  }
  if (config.WORKER_QUEUES.includes('portal')) {
    const awaited = createAwaitedSyncs(() => orm.em.fork());
    const heard = { [awaitedChannel]: (userId: string) => awaited.hear(userId) };
    const activities = await createBrowsing({ config, orm, database, log, heard }, closers);
    const spare = { size: spareBrowserSlots, awaited };
    await addWorker(portalQueue, config.BROWSER_SLOTS, { ...portalOptions, activities, spare });
  }
  if (config.CREDENTIALS_KEYS.length > 0) {
    const outbound = createOutbound(config.OUTBOUND_ALLOW, receiverLimits);
    closers.unshift(() => outbound.close());
    await addOutsideWorkers(addWorker, { config, orm, database, mailer, temporal, outbound });
    // `npm start` gives a subject that is good for one machine.
    if (config.vapid && !config.LOCAL_MODE) void warnOfSubject(config.vapid, log);
  }

  probes.readyWhen(() => workers.every((worker) => worker.getState() === 'RUNNING'));
  beginCounters(figures, config);
  announce();
  log.info({ queues: config.WORKER_QUEUES }, 'worker ready');
  try {
    await Promise.all(workers.map((worker) => worker.run()));
  } finally {
    await closeAll(closers, log);
  }
}

/** Only what this worker may count. */
function beginCounters({ beginAtZero }: WorkerFigures, config: Config): void {
  const { deliveriesRefused, ...ofSyncs } = counters;
  if (config.WORKER_QUEUES.includes('sync')) beginAtZero(config.TEMPORAL_NAMESPACE, Object.values(ofSyncs));
  if (config.CREDENTIALS_KEYS.length > 0) beginAtZero(config.TEMPORAL_NAMESPACE, [deliveriesRefused]);
}

type AddWorker = (
  queue: string,
  slots: number,
  options: Omit<WorkerOptions, 'taskQueue' | 'connection' | 'namespace' | 'dataConverter' | 'tuner'> &
    Pick<ActivitySlotsOptions, 'spare'>,
) => Promise<void>;

/** Of these, only activities need slots of their own; the rest are the SDK's defaults. */
function tunerOf(activityTaskSlotSupplier: TunerHolder['activityTaskSlotSupplier']): TunerHolder {
  return {
    workflowTaskSlotSupplier: { type: 'fixed-size', numSlots: 40 },
    activityTaskSlotSupplier,
    localActivityTaskSlotSupplier: { type: 'fixed-size', numSlots: 100 },
    nexusTaskSlotSupplier: { type: 'fixed-size', numSlots: 100 },
  };
}

interface SyncParts {
  config: Config;
  orm: MikroORM;
  database: DatabaseWatch;
  mailer: Mailer;
  temporal: TemporalSyncClient;
}

/** Workflows and light activities. */
async function addSyncWorkers(addWorker: AddWorker, codePath: string, parts: SyncParts): Promise<void> {
  const { config, orm, database, mailer, temporal } = parts;
  await ensureSchedules(temporal.client);
  const tellOwner = createTellOwner({ orm, mailer, config });
  const activities = { ...createSyncActivities({ config, orm, database, temporal, tellOwner }) };
  await addWorker(syncQueue, lightSlots, { ...syncOptions, workflowBundle: { codePath }, activities });
  // One or two of these at a time. Activities only: another sandbox for workflows would cost seventy megabytes.
  await addWorker(maintenanceQueue, 3, { maxHeartbeatThrottleInterval: '5s', activities });
}

/** The activities of the queue `portal`, with all that they hold open. */
async function createBrowsing(parts: BrowsingParts, closers: (() => unknown)[]) {
  const { config, orm, database, log, heard } = parts;
  const temporary = await useOwnTemporaryFolder('worker');
  const browsers = await openBrowsers(config, log);
  closers.unshift(
    () => browsers.close(),
    () => temporary.remove(),
  );
  const stops = createAttemptStops(config.DATABASE_DIRECT_URL, log, heard);
  await stops.listening();
  closers.unshift(() => stops.close());
  const secrets = createSecrets(config.CREDENTIALS_KEYS);
  const artifacts = createFailureArtifacts({ orm, log });
  return { ...createPortalActivities({ config, orm, database, secrets, browsers, stops, artifacts }) };
}

interface BrowsingParts {
  config: Config;
  orm: MikroORM;
  database: DatabaseWatch;
  log: Log;
  /** Who is told what else PostgreSQL says on these channels. */
  heard: Record<string, (payload: string) => void>;
}

interface OutsideParts extends SyncParts {
  outbound: Outbound;
}

/** What speaks to the users' own addresses, with their secrets. */
async function addOutsideWorkers(addWorker: AddWorker, parts: OutsideParts): Promise<void> {
  const { config, orm, database, mailer, temporal, outbound } = parts;
  const secrets = createSecrets(config.CREDENTIALS_KEYS);
  const channels = {
    webhook: createWebhookChannel({ outbound, secrets }),
    mail: createMailChannel({ orm, mailer, secrets, config }),
    ...(config.vapid && { push: createPushChannel({ outbound, secrets, vapid: config.vapid, config }) }),
  };
  const deliveries = { ...createDeliveryActivities({ orm, database, channels }) };
  const calendars = {
    ...createCalendarActivities({
      ...{ orm, database, temporal, secrets },
      ...{ allow: config.OUTBOUND_ALLOW, google: config.google },
    }),
  };
  await addWorker(deliveryQueue, 20, { ...deliveryOptions, activities: deliveries });
  // Each of these waits for a calendar server most of the time.
  await addWorker(calendarsQueue, 8, { maxHeartbeatThrottleInterval: '3s', activities: calendars });
}

/** Not a reason to stop: a name service may be away for a moment, and syncs need none of this. */
async function warnOfSubject(vapid: Vapid, log: Log): Promise<void> {
  if (!(await isVapidSubjectFound(vapid)))
    log.error({ subject: vapid.subject }, 'VAPID_SUBJECT names a host that is not found: Apple refuses such pushes');
}

/** As the Temporal UI names it: beside a task that it took, and on the page of the workers. */
function identity(queue: string) {
  return { identity: `${queue} ${process.pid}@${hostname()}` };
}

/** Light activities at once, and connections to the database: one that waits for a connection only holds its slot. */
const lightSlots = 10;

/** Two: the first may meet a task that came just before that of who waits. */
const spareBrowserSlots = 2;

const autoscaling = { type: 'autoscaling', minimum: 2, initial: 5, maximum: 20 } as const;

const syncOptions = {
  // A sleeping one costs 14 kB here, and a replay when it wakes without being cached.
  maxCachedWorkflows: 2_000,
  // A click goes to the worker that holds its workflow, even if that has just ended: then it has to reach another one
  // before the web gives up on its caller.
  stickyQueueScheduleToStartTimeout: '1s',
  // A few calls wait for work while there is nothing to do, and more when a herd comes.
  workflowTaskPollerBehavior: autoscaling,
  activityTaskPollerBehavior: autoscaling,
  // By default one beat would go out every 12 s, and a late one would look like a dead worker after 15 s.
  maxHeartbeatThrottleInterval: '3s',
} satisfies Partial<WorkerOptions>;

/** Each mostly waits for a receiver. */
const deliveryOptions = {
  activityTaskPollerBehavior: autoscaling,
  maxHeartbeatThrottleInterval: '3s',
} satisfies Partial<WorkerOptions>;

const portalOptions = {
  // Below the pace of the heartbeats, so that none of them is held back.
  maxHeartbeatThrottleInterval: '4s',
  defaultHeartbeatThrottleInterval: '4s',
} satisfies Partial<WorkerOptions>;

function shutdownTimes({ WORKER_GRACE_SECONDS }: Config) {
  // After the grace, running attempts are cancelled and another worker takes them over.
  return { shutdownGraceTime: `${WORKER_GRACE_SECONDS}s`, shutdownForceTime: `${WORKER_GRACE_SECONDS + 10}s` } as const;
}

async function openBrowsers(config: Config, log: Log): Promise<BrowserPool> {
  const launch = await findChromium(config.CHROMIUM_PATH, (line) => log.info(line));
  return createBrowserPool({ ...launch, log });
}

/** Under a supervisor: say that it is ready, and end with it. A worker that dies loses nothing, so it ends at once. */
function announce(): void {
  process.send?.({ type: 'ready' });
  if (!process.channel) return;
  process.once('disconnect', () => process.exit(1));
  process.channel.unref(); // the open channel alone does not keep a worker that has shut down
}

try {
  await main();
} catch (error) {
  if (!(error instanceof ConfigError || error instanceof PlainError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(1); // at once: an attempt to connect may still be under way
}
