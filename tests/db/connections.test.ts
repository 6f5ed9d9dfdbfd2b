import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { MikroORM } from '@mikro-orm/postgresql';
import { initOrm } from '#db/orm.ts';
import { firstRow, rows, sql } from '../support/sql.ts';
import { createTestDatabase, type TestDatabase } from '../support/index.ts';

let database: TestDatabase;
let orm: MikroORM;
let admin: pg.Client;
beforeAll(async () => {
  database = await createTestDatabase();
  orm = await initOrm(database.url, { size: 2 });
  admin = new pg.Client({ connectionString: database.url });
  await admin.connect();
});
afterAll(async () => {
  await admin.end();
  await database.drop();
});

/** Ends every connection of the service from the server's side, as a restart of the database does. */
async function endAllConnections(): Promise<void> {
  await admin.query(
    `select pg_terminate_backend(pid, 5000) from pg_stat_activity
     where application_name = 'gibney-sync' and datname = current_database()`,
  );
}

it('come back after the database ended them, however often and whatever they were at', async () => {
  for (let round = 0; round < 5; round += 1) {
    const inTransaction = orm.em.fork().transactional(async (tx) => {
      await rows(tx, sql`select 1`);
      await endAllConnections();
      await rows(tx, sql`select 1`);
    });
    await expect(inTransaction).rejects.toThrow(/terminat|connection/i);
    await rows(orm.em.fork(), sql`select 1`);
    await endAllConnections();
    await rows(orm.em.fork(), sql`select 1`).catch(() => undefined); // it may meet the connection that was just ended
  }
  expect(await firstRow(orm.em.fork(), sql`select 1 as one`)).toEqual({ one: 1 });
});

it('are never more than the pool holds, while many ask at the same time', async () => {
  const before = `select count(*)::int as open from pg_stat_activity
                  where application_name = 'gibney-sync' and datname = current_database()`;
  const asked = Array.from({ length: 20 }, () =>
    orm.em.fork().transactional((tx) => firstRow<{ pid: number }>(tx, sql`select pg_backend_pid() as pid`)),
  );
  const pids = new Set((await Promise.all(asked)).map((row) => row!.pid));
  expect(pids.size).toBeLessThanOrEqual(2);
  expect((await admin.query<{ open: number }>(before)).rows[0]!.open).toBeLessThanOrEqual(2);
});

it('are all closed with the ORM', async () => {
  await orm.close();
  const open = `select pid from pg_stat_activity where application_name = 'gibney-sync' and datname = current_database()`;
  await expect.poll(async () => (await admin.query(open)).rowCount).toBe(0);
});
