/**
 * Backups of both databases while the service works, and the way back. That of PostgreSQL is a base backup by its own functions,
 * as pg_basebackup makes one; that of Temporal's SQLite is what a snapshot of the disk would hold.
 */
import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from './test-context.ts';

/** A folder with the one or the other. */
export interface Backup {
  postgres: string;
  temporal: string;
}

const clusterOf = ({ folder }: TestContext) => join(folder, 'postgres', 'cluster');
const temporalOf = ({ folder }: TestContext) => join(folder, 'temporal');

const backupOf = ({ folder }: TestContext, name: string): Backup => ({
  postgres: join(folder, 'backups', name, 'cluster'),
  temporal: join(folder, 'backups', name, 'temporal'),
});

/** Of the running service: Temporal's first, so that ours is the newer one. */
export async function backUp(context: TestContext, name: string): Promise<Backup> {
  const backup = backupOf(context, name);
  await mkdir(join(backup.postgres, '..'), { recursive: true });
  const goOn = context.temporal.freeze();
  await cp(temporalOf(context), backup.temporal, { recursive: true }).finally(goOn);
  await baseBackup(context, backup.postgres);
  return backup;
}

/** What a server writes for itself alone, and the log, which is taken last. */
const notInBackup = /\/(postmaster\.(pid|opts)|(pg_wal|pg_replslot|pg_dynshmem|pg_notify|pg_stat_tmp)\/.+)$/;

async function baseBackup(context: TestContext, target: string): Promise<void> {
  const cluster = clusterOf(context);
  const client = await context.db.connect();
  await client.query(`select pg_backup_start('restore', fast => true)`);
  await cp(cluster, target, {
    recursive: true,
    filter: (path) => !notInBackup.test(path),
  });
  const { rows } = await client.query<{ labelfile: string }>('select labelfile from pg_backup_stop(false)');
  await client.end();
  await cp(join(cluster, 'pg_wal'), join(target, 'pg_wal'), { recursive: true });
  await writeFile(join(target, 'backup_label'), rows[0]!.labelfile);
}

/** The service as it is when its machine goes. */
export async function stopAll({ web, worker, extraWorkers, temporal, postgres }: TestContext): Promise<void> {
  await Promise.all([worker, ...extraWorkers].filter(({ runs }) => runs).map((each) => each.killAll()));
  await Promise.all([web, temporal, postgres].map((each) => each.stop()));
}

/** Of the stopped service. */
export async function setAside(context: TestContext, name: string): Promise<Backup> {
  const backup = backupOf(context, name);
  await cp(clusterOf(context), backup.postgres, { recursive: true });
  await cp(temporalOf(context), backup.temporal, { recursive: true });
  return backup;
}

/**
 * Brings PostgreSQL from the one backup and Temporal from the other, or without anything, into fresh folders, and starts the
 * service. `meanwhile` is done to PostgreSQL before anything else runs.
 */
export async function restore(
  context: TestContext,
  { postgres, temporal }: { postgres: Backup; temporal: Backup | null },
  meanwhile: readonly string[] = [],
): Promise<void> {
  for (const folder of [clusterOf(context), temporalOf(context)]) await rm(folder, { recursive: true, force: true });
  await cp(postgres.postgres, clusterOf(context), { recursive: true });
  if (temporal) await cp(temporal.temporal, temporalOf(context), { recursive: true });
  await context.postgres.start();
  for (const statement of meanwhile) await context.db.rows(statement);
  await context.temporal.start();
  await Promise.all([context.worker.start(), context.web.start()]);
}
