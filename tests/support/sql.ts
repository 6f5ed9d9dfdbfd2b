/** What a test looks up or changes in the database by itself, written as SQL. */
import type { RawBuilder } from 'kysely';
import type { EntityManager } from '#db/orm.ts';

export { sql } from 'kysely';

export async function rows<Row>(em: EntityManager, statement: RawBuilder<unknown>): Promise<Row[]> {
  const result = await statement.execute(em.getKysely());
  return result.rows as Row[];
}

export async function firstRow<Row>(em: EntityManager, statement: RawBuilder<unknown>): Promise<Row | null> {
  return (await rows<Row>(em, statement))[0] ?? null;
}

/** How many rows the statement wrote. */
export async function affected(em: EntityManager, statement: RawBuilder<unknown>): Promise<number> {
  return Number((await statement.execute(em.getKysely())).numAffectedRows ?? 0n);
}
