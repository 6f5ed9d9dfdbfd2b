/** Migrations while others use the tables, and where PostgreSQL lets nobody in without TLS. */
import { chown, copyFile, chmod, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MikroORM } from '@mikro-orm/postgresql';
import pg from 'pg';
import { describe, expect, it, onTestFinished } from 'vitest';
import { migrate } from '#db/migrate.ts';
import { migrationOptions } from '#db/migrations.ts';
import { findFreePort } from '#platform/ports.ts';
import { startChild } from '#scripts/lib/child.ts';
import { createGuard } from '#scripts/lib/guard.ts';
import { preparePostgres } from '#scripts/lib/postgres.ts';
import { createEmptyDatabase, temporaryFolder } from '../support/index.ts';
import { tlsFixture } from '../support/tls.ts';
import { until } from '../support/until.ts';

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  onTestFinished(() => client.end());
  return client;
}

describe('a table that is read for long', () => {
  it('holds the migration up, and nobody else behind it', { timeout: 90_000 }, async () => {
    const database = await createEmptyDatabase();
    onTestFinished(() => database.drop());
    const orm = await MikroORM.init({ ...migrationOptions, clientUrl: database.url });
    await orm.migrator.up({ to: 'migration-20261129130000-pause-until' });
    await orm.close();

    // As pg_dump does.
    const dump = await connect(database.url);
    await dump.query('begin');
    await dump.query('lock table users in access share mode');
    let migrated = false;
    const migrating = migrate(database.url).finally(() => (migrated = true));
    const service = await connect(database.url);
    await until('the migration waits for the dump', async () => {
      const { rows } = await service.query('select 1 from pg_locks where not granted');
      return rows.length > 0;
    });
    // Behind a migration that waits without end it would have no answer: the dump ends only afterwards.
    await service.query('select count(*) from users');
    expect(migrated).toBe(false);

    await dump.query('commit');
    const applied = await migrating;
    expect(applied[0]).toBe('migration-20261129131000-mail');
    expect(await migrate(database.url)).toEqual([]);
  });
});

/** Its certificate is that of 127.0.0.1. */
async function startTlsOnly(): Promise<{ url: string }> {
  const folder = await temporaryFolder();
  await chmod(folder, 0o711);
  const port = await findFreePort();
  const settings = ['ssl=on', 'ssl_cert_file=server.pem', 'ssl_key_file=server.key', 'fsync=off'];
  const postgres = await preparePostgres({ folder, port, settings });
  const cluster = join(folder, 'cluster');
  const { uid, gid } = await stat(cluster);
  for (const name of ['server.pem', 'server.key']) {
    await copyFile(tlsFixture(name), join(cluster, name));
    await chmod(join(cluster, name), 0o600);
    await chown(join(cluster, name), uid, gid);
  }
  await writeFile(join(cluster, 'pg_hba.conf'), 'hostssl all all 127.0.0.1/32 scram-sha-256\n');
  const guard = createGuard();
  const child = await startChild(postgres.spec, guard);
  onTestFinished(async () => {
    await child.stop();
    guard.close();
  });
  return { url: postgres.url('postgres') };
}

describe('PostgreSQL that demands TLS', () => {
  it('is migrated over it, and by who knows its authority', { timeout: 120_000 }, async () => {
    const { url } = await startTlsOnly();
    await expect(migrate(url)).rejects.toThrow('lets nobody in without TLS');
    const tls = `${url}?sslmode=verify-full&sslrootcert=${tlsFixture('ca.pem')}`;
    expect((await migrate(tls)).length).toBeGreaterThan(10);
    const seen = await connect(tls);
    const { rows } = await seen.query<{ count: number }>('select count(*)::int as count from users');
    expect(rows).toEqual([{ count: 0 }]);
    await expect(migrate(`${url}?sslmode=verify-full`)).rejects.toThrow('a certificate of an unknown authority');
  });
});
