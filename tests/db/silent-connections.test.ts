/** A network that swallows what it is given: connections that nobody ends, and that never answer. */
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { MikroORM } from '@mikro-orm/postgresql';
import { isDatabaseAway } from '#db/database-away.ts';
import { initOrm } from '#db/orm.ts';
import { createTestDatabase, type TestDatabase } from '../support/index.ts';
import { startRelay, type Relay } from '../support/relay.ts';
import { firstRow, rows, sql } from '../support/sql.ts';

const size = 3;

let database: TestDatabase;
let relay: Relay;
let orm: MikroORM;
beforeAll(async () => {
  database = await createTestDatabase();
  relay = await startRelay(database.url);
  orm = await initOrm(relay.url, { size, statementMs: 300 });
});
afterAll(async () => {
  await orm.close();
  await relay.close();
  await database.drop();
});
afterEach(() => relay.open());

const ask = () => firstRow(orm.em.fork(), sql`select 1 as one`);

/** So many at once that each connection of the pool has a statement under way. */
const onEach = <Result>(work: () => Promise<Result>) => Promise.allSettled(Array.from({ length: size }, work));

it('are thrown away with the statements that they swallowed, and replaced', async () => {
  for (let round = 0; round < 3; round += 1) {
    await onEach(ask);
    relay.swallow();
    for (const end of await onEach(ask)) {
      expect(end.status).toBe('rejected');
      expect(isDatabaseAway((end as PromiseRejectedResult).reason)).toBe(true);
    }
    relay.open();
    expect(await onEach(ask)).toEqual(Array.from({ length: size }, () => ({ status: 'fulfilled', value: { one: 1 } })));
  }
  expect(relay.connections()).toBeLessThanOrEqual(size);
});

it('do not outlive a transaction in the middle of which they fell silent', async () => {
  const ends = await onEach(() =>
    orm.em.fork().transactional(async (tx) => {
      await rows(tx, sql`select 1`);
      relay.swallow();
      await rows(tx, sql`select 1`);
    }),
  );
  expect(ends.map(({ status }) => status)).toEqual(Array.from({ length: size }, () => 'rejected'));
  relay.open();
  expect((await onEach(ask)).map(({ status }) => status)).toEqual(Array.from({ length: size }, () => 'fulfilled'));
});

it('that are new and get no answer are given up as well', async () => {
  relay.cut();
  await onEach(ask);
  relay.open();
  relay.swallow();
  const end = await ask().catch((error: unknown) => error);
  expect(isDatabaseAway(end)).toBe(true);
  relay.open();
  expect(await ask()).toEqual({ one: 1 });
});
