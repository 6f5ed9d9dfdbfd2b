/** `node db/migrate.ts` applies the migrations that are missing, then exits. Safe to run several times at once. */
import { ConfigError } from '#platform/errors.ts';
import { MikroORM } from '@mikro-orm/postgresql';
import pg from 'pg';
import { loadDatabaseUrl } from '#platform/config.ts';
import { setTimeout as pause } from 'node:timers/promises';
import { SteadyDialect } from './dialect.ts';
import { connectionError } from './connection-error.ts';
import { assertUnpooled } from './pooler.ts';
import { migrationOptions } from './migrations.ts';

/** Any number will do; it is the same for everybody who migrates this database. */
const lockKey = 7_426_815_001;

/** Applies what is missing and returns the names of what was applied. One at a time: a second caller waits. Throws {@link ConfigError}. */
export async function migrate(databaseUrl: string): Promise<string[]> {
  const holder = new pg.Client({
    connectionString: databaseUrl,
    application_name: 'gibney-sync migrate',
    connectionTimeoutMillis: 15_000,
  });
  await holder.connect().catch((error: unknown) => {
    throw connectionError(databaseUrl, error);
  });
  try {
    await assertUnpooled(holder);
    await holder.query('select pg_advisory_lock($1)', [lockKey]);
    return await applyMissing(databaseUrl);
  } finally {
    await holder.end(); // and the lock with it
  }
}

/**
 * Whoever waits for a lock on a table keeps all from it who come later, the service too. So nobody waits for long behind a
 * dump or a long statement: the migration lets the others through and tries again.
 */
const lockMs = 3_000;

/** How long that goes on. */
const patienceMs = 5 * 60_000;

/** An index of a large table may take minutes. */
const statementMs = 30 * 60_000;

async function applyMissing(databaseUrl: string): Promise<string[]> {
  // The very way to the database that the service takes: MikroORM's own drops `sslmode` and the like.
  const options = { name: 'gibney-sync migrate', size: 2, statementMs, lockMs };
  const driverOptions = () => new SteadyDialect(databaseUrl, options);
  const orm = await MikroORM.init({ ...migrationOptions, clientUrl: databaseUrl, driverOptions });
  try {
    const missing = await orm.migrator.getPending();
    for (const limit = Date.now() + patienceMs; ; await pause(2_000 + Math.random() * 3_000)) {
      try {
        await orm.migrator.up();
        return missing.map(({ name }) => name);
      } catch (error) {
        if (!isLockTimeout(error) || Date.now() > limit) throw error;
        process.stderr.write('a migration waits for a table that others hold; it lets them through and tries again\n');
      }
    }
  } finally {
    await orm.close();
  }
}

function isLockTimeout(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return (error as { code?: unknown }).code === '55P03' || isLockTimeout(error.cause);
}

async function main(): Promise<void> {
  const applied = await migrate(loadDatabaseUrl());
  process.stdout.write(
    applied.length > 0 ? `migrations applied: ${applied.join(', ')}\n` : 'migrations: none missing\n',
  );
}

if (import.meta.main) {
  await main().catch((error: unknown) => {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  });
}
