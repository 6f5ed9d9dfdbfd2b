/** What the parts of the scale run share: PostgreSQL, the Temporal server, and the service's own processes beside them. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MikroORM } from '@mikro-orm/postgresql';
import pg from 'pg';
import { migrate } from '#db/migrate.ts';
import { initOrm, type EntityManager } from '#db/orm.ts';
import { createSecrets, type Secrets } from '#db/secrets.ts';
import { loadConfig, loadLocalConfig, noTemporalAccess } from '#platform/config.ts';
import { isAlive } from '#platform/processes.ts';
import type { ProcessSpec } from '#scripts/lib/child.ts';
import { ensureDatabase } from '#scripts/lib/database.ts';
import { createGuard } from '#scripts/lib/guard.ts';
import * as local from '#scripts/lib/local-stack.ts';
import { preparePostgres } from '#scripts/lib/postgres.ts';
import { customSearchAttributes } from '#scripts/lib/search-attributes.ts';
import { createSyncClient, type TemporalSyncClient } from '#temporal/client.ts';
import { patientDeadlineMs } from '#temporal/deadline.ts';
import { Part } from '../faults/context/part.ts';
import { findServerPrograms } from './server/build.ts';
import { prepareNamespace, prepareServer } from './server/server.ts';
import { databases, freePorts } from './server/settings.ts';

export const say = (line = ''): void => void process.stderr.write(`${line}\n`);

export interface World {
  folder: string;
  /** Epoch ms. */
  startedAt: number;
  databaseUrl: string;
  /** PostgreSQL as superuser, for what no user of the service may see. */
  admin: pg.Client;
  temporalAddress: string;
  namespace: string;
  temporalVersion: string;
  orm: MikroORM;
  em(): EntityManager;
  secrets: Secrets;
  /** What sessions are signed with. */
  authSecret: string;
  syncs: TemporalSyncClient;
  postgres: Part;
  temporal: Part;
  /** Workflows and light activities. */
  worker: Part;
  /** Starts another process of the service, or of the run, under the guard; it ends with the world. */
  add(name: string, prepare: () => Promise<ProcessSpec>): Promise<Part>;
  /** How the service's own processes are run here, with these settings beside the usual ones. */
  workerSpec(name: string, env: NodeJS.ProcessEnv): Promise<ProcessSpec>;
  webSpec(port: number, env: NodeJS.ProcessEnv): ProcessSpec;
  /** PostgreSQL's databases: ours, and Temporal's two. */
  databases: { ours: string; temporal: string; visibility: string };
  /** Parts that ended although nobody asked them to. */
  surprises(): string[];
  close(): Promise<void>;
}

const namespace = 'gibney';

/** Durable as it is by default; room for what ten thousand users need at once. */
const postgresSettings = ['max_connections=200', 'shared_buffers=512MB', 'max_wal_size=2GB', 'autovacuum_naptime=15s'];

const folderPrefix = 'gibney-sync-scale-';

/** Folders of runs that were killed: those whose process is gone. */
async function removeLeftOvers(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const pid = Number(new RegExp(`^${folderPrefix}(\\d+)-`).exec(name)?.[1]);
    if (pid && !isAlive(pid)) await rm(join(tmpdir(), name), { recursive: true, force: true });
  }
}

export async function openWorld(): Promise<World> {
  const programs = await findServerPrograms(say);
  await removeLeftOvers();
  const folder = mkdtempSync(join(tmpdir(), `${folderPrefix}${process.pid}-`));
  const logs = join(folder, 'logs');
  mkdirSync(logs);
  const guard = createGuard();
  const all: Part[] = [];
  const add = async (name: string, prepare: () => Promise<ProcessSpec>) => {
    const part = new Part(name, { guard, prepare, logFile: join(logs, `${name}.log`) });
    all.push(part);
    await part.start();
    return part;
  };
  const closers: (() => unknown)[] = [];
  const close = async () => {
    for (const one of closers.reverse()) await one();
    for (const part of all.toReversed()) await part.stop();
    guard.close();
    if (!process.env.SCALE_KEEP) await rm(folder, { recursive: true, force: true });
  };
  try {
    say('starting PostgreSQL and the Temporal server');
    const [postgresPort, metricsPort] = (await freePorts(2)) as [number, number];
    const postgresFolder = join(folder, 'postgres');
    const service = await preparePostgres({ folder: postgresFolder, port: postgresPort, settings: postgresSettings });
    const postgres = await add('postgres', () => Promise.resolve(service.spec));
    const databaseUrl = service.url(local.databaseName);
    await ensureDatabase(service.url('postgres'), local.databaseName);
    await migrate(databaseUrl);
    const server = await prepareServer(programs, service.url('postgres'), folder);
    const temporal = await add('temporal', () => Promise.resolve(server.spec));
    await prepareNamespace(server.address, namespace);

    const key = `scale:${randomBytes(32).toString('base64')}`;
    const stackOf = (name: string, settings: NodeJS.ProcessEnv = {}, workerMetrics = metricsPort): local.Stack => ({
      config: loadLocalConfig({
        DATA_DIR: join(folder, name),
        TEMPORAL_ADDRESS: server.address,
        CREDENTIALS_KEYS: key,
        ...settings,
      }),
      searchAttributes: customSearchAttributes,
      ports: { postgres: postgresPort, portal: 0, temporalHttp: 0, temporalMetrics: 0, workerMetrics },
      dev: false,
    });
    const env = {
      ...(await local.serviceEnv(stackOf('service'), databaseUrl, process.env.CHROMIUM_PATH ?? '')),
      ...noTemporalAccess,
      TEMPORAL_NAMESPACE: namespace,
      CREDENTIALS_KEYS: key,
      PORTAL_URL: 'http://127.0.0.1:9', // nobody is there: who reads a portal is told which
      DEMO_EMAIL: '',
      RATE_LIMIT_SCALE: '0',
      LOG_LEVEL: 'warn',
    };
    const workerSpec = async (name: string, own: NodeJS.ProcessEnv) => {
      const [metrics] = await freePorts(1);
      return local.workerSpec(stackOf(name, {}, metrics), { ...env, DATA_DIR: join(folder, name), ...own });
    };
    const worker = await add('worker', () => workerSpec('worker', { WORKER_QUEUES: 'sync' }));

    const config = loadConfig({ ...env });
    const syncs = createSyncClient(config, patientDeadlineMs);
    const orm = await initOrm(databaseUrl, { size: 10 });
    const admin = new pg.Client({ connectionString: service.url('postgres') });
    admin.on('error', () => undefined); // it ends with PostgreSQL
    await admin.connect();
    // The way to Temporal ends with the process: calls may be under way where the run was stopped.
    closers.push(
      () => orm.close(),
      () => admin.end(),
    );
    return {
      ...{ folder, startedAt: Date.now(), databaseUrl, admin, temporalAddress: server.address, namespace, orm, syncs },
      ...{ postgres, temporal, worker, add, workerSpec, close },
      temporalVersion: programs.version,
      em: () => orm.em.fork(),
      secrets: createSecrets(config.CREDENTIALS_KEYS),
      authSecret: config.AUTH_SECRET,
      databases: { ours: local.databaseName, temporal: databases.default, visibility: databases.visibility },
      webSpec: (port, own) =>
        local.webSpec(stackOf('web', { PORT: String(port) }), { ...env, PORT: String(port), ...own }),
      surprises: () => all.flatMap(({ surprises }) => surprises),
    };
  } catch (error) {
    await close();
    throw error;
  }
}
