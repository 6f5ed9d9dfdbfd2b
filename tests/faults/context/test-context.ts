/**
 * The whole service for the faults suite: every part is a real process, run as `npm start` runs it but each in the
 * hands of the suite. Only the stand-in portal lives in this process, so that its control needs no way.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadLocalConfig } from '#platform/config.ts';
import { migrate } from '#db/migrate.ts';
import type { ProcessSpec } from '#scripts/lib/child.ts';
import { ensureDatabase } from '#scripts/lib/database.ts';
import { findChromium } from '#platform/find-chromium.ts';
import { createGuard } from '#scripts/lib/guard.ts';
import * as parts from '#scripts/lib/local-stack.ts';
import { findFreePort } from '#platform/ports.ts';
import { customSearchAttributes } from '#scripts/lib/search-attributes.ts';
import { findTemporal } from '#scripts/lib/temporal-binary.ts';
import { ensureWebBuild } from '#scripts/lib/web-build.ts';
import { createSyncClient, type TemporalSyncClient } from '#temporal/client.ts';
import { startMailSink, type MailSink } from '#tests/web/support/mail-sink.ts';
import { startPushService, type PushService } from '#tests/notifications/push-service.ts';
import { startRelay, type Relay } from '#tests/support/relay.ts';
import { googleEnv, startStandInGoogle, type StandInGoogle } from '#tests/support/stand-in-google.ts';
import { tlsFixture } from '#tests/support/tls.ts';
import { startPortal, type Portal } from '#tests/portal/server.ts';
import { openDatabase, type Database } from './database.ts';
import { Part } from './part.ts';
import { closeReceivers } from './receivers.ts';

export interface WorldOptions {
  /** Where the database keeps its files; default: beside everything else. */
  postgresFolder?: string;
  browserSlots?: number;
  /** Environment of worker and web. */
  env?: NodeJS.ProcessEnv;
  say?: (line: string) => void;
}

/** A worker of its own beside the first. */
export interface WorkerOptions {
  env?: NodeJS.ProcessEnv;
  /** Changes how the process is run. */
  alter?: (spec: ProcessSpec) => ProcessSpec;
}

export interface TestContext {
  url: string;
  databaseUrl: string;
  temporalAddress: string;
  folder: string;
  browserSlots: number;
  portal: Portal;
  mail: MailSink;
  push: PushService;
  google: StandInGoogle;
  /** The way of the service to it. */
  mailRelay: Relay;
  postgres: Part;
  temporal: Part;
  worker: Part;
  web: Part;
  /** Workers and webs that a case has added; each is stopped after its case. */
  extraWorkers: Part[];
  db: Database;
  syncs: TemporalSyncClient;
  addWorker(options?: WorkerOptions): Promise<Part>;
  /** A web process of its own beside the first; it is stopped after its case. */
  addWeb(): Promise<{ part: Part; url: string }>;
  say(line: string): void;
  stop(): Promise<void>;
}

/** Short, so that cases of a hand-over do not take minutes; what has to end in time does so at any value. */
const graceSeconds = 3;

type StackConfig = parts.Stack['config'];

async function chosenPorts(): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < 9) ports.add(await findFreePort());
  return [...ports];
}

function stackConfig(folder: string, [web, temporal, ui]: number[]): StackConfig {
  return loadLocalConfig({
    PORT: String(web),
    TEMPORAL_PORT: String(temporal),
    TEMPORAL_UI_PORT: String(ui),
    DATA_DIR: folder,
    RATE_LIMIT_SCALE: '0',
    TEMPORAL_CLI: process.env.TEMPORAL_CLI ?? '',
  });
}

/** Brings everything up. `say` gets the steps that take long. */
export async function startWorld(options: WorldOptions = {}): Promise<TestContext> {
  const say = options.say ?? ((line) => process.stderr.write(`${line}\n`));
  const folder = mkdtempSync(join(tmpdir(), 'gibney-sync-faults-'));
  const logs = join(folder, 'logs');
  mkdirSync(logs);
  const guard = createGuard();
  const ports = await chosenPorts();
  const [, , , postgresPort, temporalHttp, temporalMetrics, workerMetrics] = ports as [number, ...number[]] & number[];
  const config = stackConfig(folder, ports);
  const stack: parts.Stack = {
    config,
    searchAttributes: customSearchAttributes,
    ports: {
      postgres: postgresPort!,
      portal: 0,
      temporalHttp: temporalHttp!,
      temporalMetrics: temporalMetrics!,
      workerMetrics: workerMetrics!,
    },
    dev: false,
  };
  await ensureWebBuild(say, new AbortController().signal);
  const { binary } = await findTemporal(config.TEMPORAL_CLI, say);
  const chromium = await findChromium(process.env.CHROMIUM_PATH, say);
  const part = (name: string, prepare: () => Promise<ProcessSpec>) =>
    new Part(name, { guard, prepare, logFile: join(logs, `${name}.log`) });

  const postgresStack = options.postgresFolder
    ? { ...stack, config: { ...config, DATA_DIR: options.postgresFolder } }
    : stack;
  const { url: databaseUrl, adminUrl } = await parts.postgresSpec(postgresStack);
  const postgres = part('postgres', async () => (await parts.postgresSpec(postgresStack)).spec);
  const temporal = part('temporal', () => parts.temporalSpec(stack, binary));
  await Promise.all([postgres.start(), temporal.start()]);
  await ensureDatabase(adminUrl, parts.databaseName);
  await migrate(databaseUrl);

  const portal = await startPortal();
  const mail = await startMailSink();
  const push = await startPushService();
  const google = await startStandInGoogle();
  const mailRelay = await startRelay(mail.url);
  const env = {
    ...(await parts.serviceEnv(stack, databaseUrl, chromium.executablePath)),
    PORTAL_URL: portal.url,
    SMTP_URL: mailRelay.url,
    NODE_EXTRA_CA_CERTS: tlsFixture('ca.pem'),
    OUTBOUND_ALLOW: '127.0.0.1',
    ...googleEnv(google.url),
    DEMO_EMAIL: '',
    RATE_LIMIT_SCALE: '0',
    BROWSER_SLOTS: String(options.browserSlots ?? 4),
    WORKER_GRACE_SECONDS: String(graceSeconds),
    ...options.env,
  };
  const worker = part('worker', () => parts.workerSpec(stack, env));
  const web = part('web', () => Promise.resolve(parts.webSpec(stack, env)));
  await Promise.all([worker.start(), web.start()]);
  const temporalAddress = `127.0.0.1:${config.TEMPORAL_PORT}`;
  const syncs = createSyncClient({
    TEMPORAL_ADDRESS: temporalAddress,
    TEMPORAL_NAMESPACE: 'default',
    TEMPORAL_TLS: false,
    TEMPORAL_API_KEY: undefined,
  });
  const db = openDatabase(databaseUrl);
  const extraWorkers: Part[] = [];

  async function addWorker({ env: own = {}, alter = (spec) => spec }: WorkerOptions = {}): Promise<Part> {
    const name = `worker-${randomBytes(3).toString('hex')}`;
    const metrics = await findFreePort();
    const ownStack = {
      ...stack,
      config: { ...config, DATA_DIR: join(folder, name) },
      ports: { ...stack.ports, workerMetrics: metrics },
    };
    const added = part(name, async () => alter(await parts.workerSpec(ownStack, { ...env, ...own })));
    extraWorkers.push(added);
    await added.start();
    return added;
  }

  async function addWeb(): Promise<{ part: Part; url: string }> {
    const ownStack = { ...stack, config: { ...config, PORT: await findFreePort() } };
    const name = `web-${randomBytes(3).toString('hex')}`;
    const added = part(name, () =>
      Promise.resolve(parts.webSpec(ownStack, { ...env, PORT: String(ownStack.config.PORT) })),
    );
    extraWorkers.push(added);
    await added.start();
    return { part: added, url: parts.webUrl(ownStack) };
  }

  const context: TestContext = {
    url: parts.webUrl(stack),
    databaseUrl,
    temporalAddress,
    folder,
    browserSlots: Number(env.BROWSER_SLOTS),
    portal,
    mail,
    push,
    google,
    mailRelay,
    postgres,
    temporal,
    worker,
    web,
    extraWorkers,
    db,
    syncs,
    addWorker,
    addWeb,
    say,
    async stop() {
      await Promise.all([web, worker, ...extraWorkers].map((each) => each.stop()));
      await closeReceivers(context);
      push.close();
      await google.close();
      await syncs.close();
      await db.close();
      await Promise.all([temporal.stop(), postgres.stop(), portal.close(), mailRelay.close().then(() => mail.close())]);
      guard.close();
      if (!process.env.FAULTS_KEEP) await rm(folder, { recursive: true, force: true });
    },
  };
  return context;
}
