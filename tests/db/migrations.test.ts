import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { MikroORM } from '@mikro-orm/postgresql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CalendarFeed, entities, SyncJob, User } from '#db/entities/index.ts';
import { migrate } from '#db/migrate.ts';
import { migrationOptions } from '#db/migrations.ts';
import { initOrm } from '#db/orm.ts';
import { affected, rows, sql } from '../support/sql.ts';
import { createEmptyDatabase, type TestDatabase } from '../support/index.ts';
import { makeUser, useDatabase } from './fixtures.ts';

const run = promisify(execFile);

describe('migrating', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createEmptyDatabase();
  });
  afterAll(() => database.drop());

  it('an empty database by several at once applies each migration once, in order', async () => {
    const applied = await Promise.all(Array.from({ length: 3 }, () => migrate(database.url)));
    const names = applied.flat();
    expect(names.length).toBeGreaterThan(0);
    expect(names).toEqual([...names].sort());
    expect(new Set(names).size).toBe(names.length);
  });

  it('again does nothing, also as a program of its own, which then ends well', async () => {
    const env = { ...process.env, DATABASE_URL: database.url };
    const { stdout } = await run(process.execPath, ['db/migrate.ts'], { env });
    expect(stdout).toBe('migrations: none missing\n');
  });

  it('leads to the very tables that the entities describe', async () => {
    const orm = await MikroORM.init({ ...migrationOptions, clientUrl: database.url });
    try {
      expect(await orm.migrator.checkSchema()).toBe(false);
      expect(await orm.schema.getUpdateSchemaSQL({ wrap: false, dropTables: false })).toBe('');
    } finally {
      await orm.close();
    }
  });

  it('without an address of a database says which setting is missing', async () => {
    const env = { ...process.env, DATABASE_URL: '' };
    await expect(run(process.execPath, ['db/migrate.ts'], { env })).rejects.toThrow('DATABASE_URL is required');
  });
});

describe('the tables', () => {
  const { em, url } = useDatabase();

  it('can each be read through their entity', async () => {
    for (const entity of entities) expect(Array.isArray(await em().find(entity as typeof User, {}))).toBe(true);
  });

  it('take a feed with its defaults and give its lists back as numbers', async () => {
    const userId = await makeUser(em());
    const feed = { id: randomUUID(), userId, name: 'Mine', tokenHash: randomUUID(), tokenSealed: 'v1.x' };
    await em().insert(CalendarFeed, feed);
    expect(await em().findOneOrFail(CalendarFeed, { id: feed.id })).toMatchObject({ filters: {}, alarmMinutes: [] });
    await em().nativeUpdate(CalendarFeed, { id: feed.id }, { alarmMinutes: [15, 60], filters: { studios: ['A'] } });
    expect(await em().findOneOrFail(CalendarFeed, { id: feed.id })).toMatchObject({
      filters: { studios: ['A'] },
      alarmMinutes: [15, 60],
    });
  });

  it('refuse a second active job of a user, and an e-mail address that is not in lower case', async () => {
    const userId = await makeUser(em());
    const job = () => ({ id: randomUUID(), userId, status: 'pending' as const });
    await em().insert(SyncJob, job());
    await expect(em().insert(SyncJob, job())).rejects.toThrow('sync_jobs_one_active_unique');
    await expect(affected(em(), sql`insert into users (email) values ('Ana@example.test')`)).rejects.toThrow(
      'users_email_check',
    );
  });

  it('keep times to the millisecond, whatever zone the connection or the machine is in', async () => {
    const orm = await initOrm(url());
    const userId = await makeUser(orm.em.fork());
    const instant = new Date('2026-11-01T05:30:00.123Z');
    await affected(orm.em.fork(), sql`update users set changes_seen_at = ${instant} where id = ${userId}`);
    const user = await orm.em.fork().findOneOrFail(User, { id: userId });
    expect(user.changesSeenAt).toEqual(instant);
    const [row] = await rows<{ seen: string }>(
      orm.em.fork(),
      sql`select changes_seen_at as seen from users where id = ${userId}`,
    );
    expect(new Date(row!.seen)).toEqual(instant);
    await orm.close();
  });
});

describe('a statement', () => {
  const { em } = useDatabase();

  it('binds its values: none of them is ever read as SQL, nor repeated by an error', async () => {
    const evil = `'; drop table users; -- $1 ? ??`;
    expect(await rows(em(), sql`select ${evil}::text as a, ${2}::int as b, ${sql`${3}::int`} as c`)).toEqual([
      { a: evil, b: 2, c: 3 },
    ]);
    const failure = await rows(em(), sql`select ${'secret-value'}::text, 1 / ${0}::int`).catch(
      (error: unknown) => error,
    );
    expect(failure).toBeInstanceOf(Error);
    expect(JSON.stringify(failure, Object.getOwnPropertyNames(failure))).not.toContain('secret-value');
  });

  it('belongs to the transaction of its entity manager', async () => {
    const userId = await makeUser(em());
    const undone = em().transactional(async (tx) => {
      await affected(tx, sql`update users set name = 'new' where id = ${userId}`);
      throw new Error('undo');
    });
    await expect(undone).rejects.toThrow('undo');
    expect(await rows(em(), sql`select name from users where id = ${userId}`)).toEqual([{ name: '' }]);
  });
});
