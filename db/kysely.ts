/**
 * The way to the database for everything that is not one entity: MikroORM's own Kysely on the connection of the entity
 * manager, within its transaction, with the types of the entities. Names are those of the entities' properties, in
 * statements and in rows; inside `sql` templates they are those of the columns.
 */
import type { EntityManager, InferKyselyDB } from '@mikro-orm/postgresql';
import { CamelCasePlugin, sql, type Compilable, type CompiledQuery, type Expression, type Kysely } from 'kysely';
import type { RawBuilder, Selectable, SqlBool } from 'kysely';
import type { entities } from './entities/index.ts';
import { nameStatement } from './pool.ts';

export type Database = InferKyselyDB<(typeof entities)[number], { columnNamingStrategy: 'property' }>;

/** A row as it is read. */
export type Row<Table extends keyof Database> = Selectable<Database[Table]>;

// The keys of JSON values are their own affair.
const columnNames = new CamelCasePlugin({ maintainNestedObjectKeys: true });

export function kysely(em: EntityManager): Kysely<Database> {
  return em.getKysely<Database>().withPlugin(columnNames);
}

/** What a statement is run with, and what stands for it while the statement is built. */
export type Placed<Args> = {
  [Name in keyof Args]: undefined extends Args[Name]
    ? Expression<Exclude<Args[Name], undefined>> | undefined
    : Expression<Args[Name]>;
};

class Place {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/**
 * A statement that is built once for each set of arguments that are given, and prepared by each connection: for a short
 * read both cost more than its rows. What is built may depend on which arguments there are, never on their values.
 */
export function prepared<Args extends object, Result>(
  build: (db: Kysely<Database>, args: Placed<Args>) => Compilable<Result>,
): (em: EntityManager, args: Args) => Promise<Result[]> {
  const compiled = new Map<string, CompiledQuery<Result>>();

  function compile(db: Kysely<Database>, names: string[]): CompiledQuery<Result> {
    const places = Object.fromEntries(names.map((name) => [name, sql.val(new Place(name))]));
    const statement = build(db, places as Placed<Args>).compile();
    nameStatement(statement.sql);
    return statement;
  }

  return async (em, args) => {
    const db = kysely(em);
    const given = Object.entries(args).filter(([, value]) => value !== undefined);
    const names = given.map(([name]) => name);
    const key = names.join();
    const statement = compiled.get(key) ?? compile(db, names);
    compiled.set(key, statement);
    const values = Object.fromEntries(given) as Record<string, unknown>;
    const parameters = statement.parameters.map((one) => (one instanceof Place ? values[one.name] : one));
    return (await db.executeQuery<Result>({ ...statement, parameters })).rows;
  };
}

/** The conditions that apply, for `eb.and` of a list's filter. */
export function given(conditions: (Expression<SqlBool> | '' | false | null | undefined)[]): Expression<SqlBool>[] {
  return conditions.filter((condition) => typeof condition === 'object' && condition !== null);
}

/** The time of the transaction. */
export const now = sql<Date>`now()`;

/** As the API writes a time. */
export const iso = (time: RawBuilder<unknown>) =>
  sql`to_char(${time} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

/** For `=`: one parameter, however many ids there are. */
export const anyOf = (ids: string[]) => sql<string>`any(${ids}::uuid[])`;
