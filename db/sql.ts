/**
 * Statements written as SQL with bound values: a value never becomes part of the text, so neither an injection nor an
 * error message can carry it. They run on the connection of the given entity manager, within its transaction.
 */
import type { EntityManager } from '@mikro-orm/postgresql';
import { CompiledQuery } from 'kysely';

/** A piece of SQL with its values; made by {@link sql}. */
export class Sql {
  readonly strings: readonly string[];
  readonly values: readonly unknown[];

  constructor(strings: readonly string[], values: readonly unknown[]) {
    this.strings = strings;
    this.values = values;
  }
}

/** Bound values and nested pieces: `` sql`select * from users where id = ${userId} and ${condition}` ``. */
export function sql(strings: TemplateStringsArray, ...values: unknown[]): Sql {
  return new Sql(strings, values);
}

/** Pieces one after the other. */
export function join(pieces: Sql[], separator: Sql): Sql {
  const strings = pieces.map((_, index) => (index === 0 ? '' : ' '));
  const glued = pieces.map((piece, index) => (index === 0 ? piece : sql`${separator} ${piece}`));
  return new Sql([...strings, ''], glued);
}

/** All conditions at once; true where there are none. */
export function allOf(conditions: (Sql | null | undefined | false)[]): Sql {
  const given = conditions.filter((condition): condition is Sql => condition instanceof Sql);
  return given.length === 0 ? sql`true` : join(given, sql`and`);
}

/** Runs a statement. Times come back as text: see {@link withTimes}; so do 64-bit counts: cast them. */
export async function rows<Row>(em: EntityManager, statement: Sql): Promise<Row[]> {
  const result = await run<Row>(em, statement);
  return result.rows;
}

/** The first row of a statement's result. */
export async function firstRow<Row>(em: EntityManager, statement: Sql): Promise<Row | null> {
  return (await rows<Row>(em, statement))[0] ?? null;
}

/** Runs a statement that writes, and returns how many rows it wrote. */
export async function affected(em: EntityManager, statement: Sql): Promise<number> {
  const result = await run(em, statement);
  return Number(result.numAffectedRows ?? 0n);
}

function run<Row>(em: EntityManager, statement: Sql) {
  const { text, values } = flatten(statement);
  return em.getKysely().executeQuery<Row>(CompiledQuery.raw(text, values));
}

function flatten(statement: Sql, values: unknown[] = []): { text: string; values: unknown[] } {
  let text = statement.strings[0] ?? '';
  statement.values.forEach((value, index) => {
    if (value instanceof Sql) text += flatten(value, values).text;
    else text += `$${values.push(value ?? null)}`;
    text += statement.strings[index + 1] ?? '';
  });
  return { text, values };
}

/** A row as the driver hands it over: its times are text. */
export type AsRead<Row> = {
  [Column in keyof Row]: Date extends Row[Column] ? Exclude<Row[Column], Date> | string : Row[Column];
};

/** The row with its times as dates. */
export function withTimes<Row extends object>(row: AsRead<Row>, ...times: (keyof Row & string)[]): Row {
  const dates = times.map((name) => [name, row[name] === null ? null : new Date(row[name] as string)]);
  return { ...row, ...Object.fromEntries(dates) } as Row;
}

export { isUuid } from './text.ts';
