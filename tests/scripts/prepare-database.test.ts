/** The roles of the compose file, on a real PostgreSQL. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import pg from 'pg';
import { afterAll, expect, inject, it } from 'vitest';
import { inProject } from '#platform/paths.ts';

const run = promisify(execFile);
const { adminUrl } = inject('services');

function prepare(passwords: { ours: string; temporals: string }) {
  const env = {
    PATH: process.env.PATH,
    ADMIN_DATABASE_URL: adminUrl,
    DATABASE_PASSWORD: passwords.ours,
    TEMPORAL_DATABASE_PASSWORD: passwords.temporals,
  };
  return run(process.execPath, [inProject('scripts', 'prepare-database.ts')], { env });
}

function addressOf(user: string, password: string, database: string): string {
  return Object.assign(new URL(adminUrl), {
    username: user,
    password: encodeURIComponent(password),
    pathname: `/${database}`,
  }).href;
}

async function ask(connectionString: string, ...statements: string[]): Promise<void> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

afterAll(async () => {
  await ask(
    adminUrl,
    'drop database if exists gibney_sync with (force)',
    'drop database if exists temporal with (force)',
    'drop role gibney_sync',
    'drop role temporal',
  );
});

it('makes two roles that cannot read each other’s data, and takes new passwords', async () => {
  await prepare({ ours: 'first', temporals: 'second' });
  await ask(addressOf('temporal', 'second', 'postgres'), 'create database temporal');
  await prepare({ ours: 'it’s "new" %s', temporals: 'second' });
  await ask(addressOf('gibney_sync', 'it’s "new" %s', 'gibney_sync'), 'create schema auth', 'create table auth.one ()');
  await expect(ask(addressOf('gibney_sync', 'first', 'gibney_sync'))).rejects.toThrow('password authentication failed');
  await expect(ask(addressOf('temporal', 'second', 'gibney_sync'))).rejects.toThrow('permission denied');
  await expect(ask(addressOf('gibney_sync', 'it’s "new" %s', 'postgres'), 'create database other')).rejects.toThrow(
    'permission denied',
  );
});

it('says which password is missing', async () => {
  const missing = expect.stringContaining('TEMPORAL_DATABASE_PASSWORD is required') as string;
  await expect(prepare({ ours: 'one', temporals: '' })).rejects.toMatchObject({ stderr: missing });
});
