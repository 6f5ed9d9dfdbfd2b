import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createPool, nameStatement } from '#db/pool.ts';
import { createTestDatabase, type TestDatabase } from '../support/index.ts';

let database: TestDatabase;
let admin: pg.Client;
let pool: pg.Pool;
beforeAll(async () => {
  database = await createTestDatabase();
  admin = new pg.Client({ connectionString: database.url });
  await admin.connect();
  await admin.query('create table kept (id int); insert into kept values (7)');
  pool = createPool(database.url, { name: 'test of prepared statements', size: 1 });
});
afterAll(async () => {
  await pool.end();
  await admin.end();
  await database.drop();
});

const text = 'select id from kept where id = $1';
nameStatement(text);

async function read(): Promise<{ id: unknown } | undefined> {
  const client = await pool.connect();
  try {
    return (await client.query<{ id: unknown }>(text, [7])).rows[0];
  } finally {
    client.release();
  }
}

it('are kept by the connection', async () => {
  await read();
  const { rows } = await pool.query('select count(*) from pg_prepared_statements where statement = $1', [text]);
  expect(rows).toEqual([{ count: 1 }]);
});

it('go on after a migration that changed the type of what they read', async () => {
  expect(await read()).toEqual({ id: 7 });
  await admin.query('alter table kept alter column id type bigint');
  expect(await read()).toEqual({ id: 7 });
  await admin.query('alter table kept alter column id type numeric');
  expect(await read()).toEqual({ id: '7' });
  expect(await read()).toEqual({ id: '7' });
});

it('fail as others do', async () => {
  await admin.query('alter table kept rename column id to other');
  await expect(read()).rejects.toThrow('column "id" does not exist');
});
