/** Transactions that wait for one another: PostgreSQL ends one of them, and it is begun again. */
import { expect, it } from 'vitest';
import type { EntityManager } from '#db/orm.ts';
import { affected, rows, sql } from '../support/sql.ts';
import { makeUser, useDatabase } from './fixtures.ts';

const { em } = useDatabase();

const rename = (tx: EntityManager, userId: string, name: string) =>
  affected(tx, sql`update users set name = name || ${name} where id = ${userId}`);

it('both come to their end where each held what the other wanted', async () => {
  const users = [await makeUser(em()), await makeUser(em())];
  const bothBegan = Promise.withResolvers<void>();
  let begun = 0;
  const work = (name: string, [first, second]: string[]) =>
    em().transactional(async (tx) => {
      await rename(tx, first!, name);
      if (++begun === 2) bothBegan.resolve();
      await bothBegan.promise;
      // Within another: only the whole can be begun again.
      await tx.transactional((inner) => rename(inner, second!, name));
    });
  await Promise.all([work('a', users), work('b', users.toReversed())]);
  expect(begun).toBe(3);
  const names = sql`select id from users where name in ('ab', 'ba')`;
  expect(await rows(em(), names)).toHaveLength(2);
});

it('is not tried for ever, and no other error is tried again', async () => {
  for (const [code, tries] of [
    ['40001', 2],
    ['40P01', 2],
    ['23505', 1],
  ] as const) {
    let times = 0;
    const failing = em().transactional(() => {
      times += 1;
      throw Object.assign(new Error('it failed'), { code });
    });
    await expect(failing).rejects.toMatchObject({ code });
    expect(times).toBe(tries);
  }
});
