/** A real PgBouncer before the database, in transaction mode. Skipped where this machine has none. */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { migrate } from '#db/migrate.ts';
import { refusePooler } from '#db/pooler.ts';
import { loadDatabaseUrl } from '#platform/config.ts';
import { findFreePort } from '#platform/ports.ts';
import { createTestDatabase, temporaryFolder, type TestDatabase } from '../support/index.ts';
import { startApp } from '../web/support/app.ts';

const folders = [...(process.env.PATH ?? '').split(path.delimiter), '/usr/sbin'];
const program =
  process.env.PGBOUNCER_PATH ??
  folders.map((folder) => path.join(folder, 'pgbouncer')).find((file) => existsSync(file));

let database: TestDatabase;
let pooler: ChildProcess;
let pooledUrl: string;

async function startPooler(): Promise<void> {
  const { hostname, port, username, password, pathname } = new URL(database.url);
  const [folder, listenPort] = [await temporaryFolder(), await findFreePort()];
  const settings = {
    listen_addr: '127.0.0.1',
    listen_port: listenPort,
    unix_socket_dir: '',
    auth_type: 'any',
    pool_mode: 'transaction',
    default_pool_size: 3,
  };
  const target = `host=${hostname} port=${port} user=${username} password=${password} dbname=${pathname.slice(1)}`;
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}`);
  const file = path.join(folder, 'pgbouncer.ini');
  await writeFile(file, ['[databases]', `pooled = ${target}`, '[pgbouncer]', ...lines, ''].join('\n'));
  for (const one of [folder, path.dirname(folder), path.dirname(path.dirname(folder))]) await chmod(one, 0o755);
  // It does not run as root.
  const user = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
  pooler = spawn(program!, [file], { ...user, stdio: ['ignore', 'ignore', 'pipe'] });
  const told = await new Promise<string>((resolve, reject) => {
    let text = '';
    pooler.stderr!.setEncoding('utf8').on('data', (part: string) => {
      if (/process up/.test((text += part))) resolve(text);
    });
    pooler.once('error', reject);
    pooler.once('exit', () => reject(new Error(`PgBouncer ended:\n${text}`)));
  });
  expect(told).toContain('process up');
  pooledUrl = `postgres://${username}:any@127.0.0.1:${listenPort}/pooled`;
}

describe.skipIf(!program)('a pooled DATABASE_URL (PgBouncer, on the PATH or named by PGBOUNCER_PATH)', () => {
  beforeAll(async () => {
    database = await createTestDatabase();
    await startPooler();
  });
  afterAll(async () => {
    pooler.kill('SIGKILL');
    await database.drop();
  });

  it('alone is refused in words, by migrations and by every start', async () => {
    const words = /^DATABASE_DIRECT_URL is needed: a connection pooler answers at 127\.0\.0\.1:\d+/;
    await expect(migrate(pooledUrl)).rejects.toThrow(words);
    await expect(refusePooler(pooledUrl)).rejects.toThrow(words);
  });

  it('works beside DATABASE_DIRECT_URL: reads, writes, limits, and live status', async () => {
    const env = { DATABASE_URL: pooledUrl, DATABASE_DIRECT_URL: database.url, RATE_LIMIT_SCALE: '1' };
    const app = await startApp({ env });
    try {
      const users = await Promise.all(Array.from({ length: 8 }, () => app.newUser()));
      for (const { token } of users)
        expect((await app.call('GET', '/api/v1/user/bookings', { token })).status).toBe(200);
      const refresh = vi.spyOn(app.services.hub, 'refresh');
      const stream = new AbortController();
      const headers = { authorization: `Bearer ${users[0]!.token}` };
      await fetch(`${app.url}/api/trpc/sync.onStatus`, { headers, signal: stream.signal });
      await app.services.orm.em.fork().execute(`select pg_notify('sync_status', ?)`, [users[0]!.id]);
      await vi.waitFor(() => expect(refresh).toHaveBeenCalledWith(users[0]!.id));
      stream.abort();
    } finally {
      await app.close();
    }
  });
});

it('migrations take the address of PostgreSQL itself', () => {
  const [pooled, direct] = ['postgres://a@pooler/x', 'postgres://a@database/x'];
  expect(loadDatabaseUrl({ DATABASE_URL: pooled, DATABASE_DIRECT_URL: direct })).toBe(direct);
  expect(loadDatabaseUrl({ DATABASE_URL: pooled })).toBe(pooled);
});

it('PostgreSQL itself, and a place where nothing answers, are not refused', async () => {
  const own = await createTestDatabase();
  await expect(refusePooler(own.url)).resolves.toBeUndefined();
  await own.drop();
  await expect(refusePooler('postgres://a@127.0.0.1:1/x')).resolves.toBeUndefined();
});
