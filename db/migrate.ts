/** `node db/migrate.ts` applies the migrations that are missing, then exits. Safe to run several times at once. */
import { ConfigError } from '#platform/errors.ts';
import { MikroORM } from '@mikro-orm/postgresql';
import pg from 'pg';
import { loadDatabaseUrl } from '#platform/config.ts';
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

async function applyMissing(databaseUrl: string): Promise<string[]> {
  const orm = await MikroORM.init({ ...migrationOptions, clientUrl: databaseUrl });
  try {
    const applied = await orm.migrator.up();
    return applied.map(({ name }) => name);
  } finally {
    await orm.close();
  }
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
