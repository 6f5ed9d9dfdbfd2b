/**
 * The way to the database for everything that is not one entity: MikroORM's own Kysely on the connection of the entity
 * manager, within its transaction, with the types of the entities. Names are those of the entities' properties, in
 * statements and in rows; inside `sql` templates they are those of the columns.
 */
import type { EntityManager, InferKyselyDB } from '@mikro-orm/postgresql';
import { CamelCasePlugin, sql, type Expression, type Kysely, type Selectable, type SqlBool } from 'kysely';
import type { entities } from './entities/index.ts';

export type Database = InferKyselyDB<(typeof entities)[number], { columnNamingStrategy: 'property' }>;

/** A row as it is read. */
export type Row<Table extends keyof Database> = Selectable<Database[Table]>;

// The keys of JSON values are their own affair.
const columnNames = new CamelCasePlugin({ maintainNestedObjectKeys: true });

export function kysely(em: EntityManager): Kysely<Database> {
  return em.getKysely<Database>().withPlugin(columnNames);
}

/** The conditions that apply, for `eb.and` of a list's filter. */
export function given(conditions: (Expression<SqlBool> | '' | false | null | undefined)[]): Expression<SqlBool>[] {
  return conditions.filter((condition) => typeof condition === 'object' && condition !== null);
}

/** The time of the transaction. */
export const now = sql<Date>`now()`;

/** For `=`: one parameter, however many ids there are. */
export const anyOf = (ids: string[]) => sql<string>`any(${ids}::uuid[])`;
